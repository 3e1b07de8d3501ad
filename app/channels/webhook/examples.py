"""What the page shows of a message: what may come in, and whole answers as they go out."""

from typing import Any

MESSAGE_EXAMPLES: dict[str, Any] = {
    "shipping": {
        "summary": "发货时间",
        "value": {
            "id": "m-1",
            "conversation": "c-1",
            "sender": {"id": "buyer-01", "name": "小鱼"},
            "text": "现在拍今天能发吗",
        },
    },
    "order card": {
        "summary": "订单卡片",
        "value": {
            "id": "m-2",
            "conversation": "c-1",
            "sender": {"id": "buyer-01"},
            "text": "",
            "type": "order_card",
            "context": {"order_id": "202600000001"},
        },
    },
}
ANSWER_EXAMPLES: dict[str, Any] = {
    "answered": {
        "summary": "机器人答了",
        "value": {
            "message_id": "m-1",
            "conversation": "c-1",
            "owner": "bot",
            "duplicate": False,
            "replies": [{"type": "text", "text": "这一批16:00已经截单啦，现在拍下会排进下一批，后天20:22前为您发出。"}],
            "decision": {
                "action": "answer",
                "intent": "shipping_time",
                "confidence": 0.9859,
                "faq": None,
                "reason": None,
            },
            "handoff": None,
            "trace_id": "c70e875106eb91598adc04f143e6d47e",
        },
    },
    "handed off": {
        "summary": "转给人工：此后由人接待，机器人不再说话",
        "value": {
            "message_id": "m-3",
            "conversation": "c-1",
            "owner": "queue",
            "duplicate": False,
            "replies": [
                {
                    "type": "text",
                    "text": "好的亲，明白您想和人工客服沟通。\n"
                    "前面的对话已经一并转给我们的售前组，由售前组接着为您处理。",
                }
            ],
            "decision": {
                "action": "handoff",
                "intent": "human_agent",
                "confidence": 0.9923,
                "faq": None,
                "reason": "asked_for_human",
            },
            "handoff": {
                "id": "3311f59f9587ef712b5e2653c209b258",
                "reason": "asked_for_human",
                "group": "presale",
                "priority": "high",
                "deadline": "2026-06-18T02:33:00+00:00",
            },
            "trace_id": "6cea1ec86c99e313d2ea208ff7ae6676",
        },
    },
}
ACCEPTED_EXAMPLES: dict[str, Any] = {
    "kept": {
        "summary": "已存好；回复随后发到店铺的 callback",
        "value": {"message_id": "m-1", "conversation": "c-1", "duplicate": False},
    }
}
