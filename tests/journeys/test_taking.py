"""A supervisor sees whom the bot talks to, and takes one of them."""

from tests.journeys.service import AgentSoftware, Buyer, Service, decided

ZHU = "token-of-zhu"


def test_a_conversation_is_taken_from_the_bot_with_its_brief(service: Service) -> None:
    buyer, zhu = Buyer(service, buyer="watched"), AgentSoftware(service, token=ZHU)
    buyer.say("竹编排水茶盘多少钱")

    listed = zhu.get("/v1/conversations", owner="bot", limit=100).json()["items"]
    (held,) = [each for each in listed if each["conversation"] == buyer.conversation]
    place = f"/v1/conversations/{held['channel']}/{buyer.conversation}"
    path = f"{place}/take?shop=demo"
    watched = zhu.get(f"{place}/lines", shop="demo").json()
    unseen = AgentSoftware(service).get(f"{place}/lines", shop="demo")
    refused = AgentSoftware(service).post(path)
    taken = [zhu.post(path) for _ in range(2)]
    other = AgentSoftware(service, token="token-of-guan").post(path)
    silent = buyer.say("有货吗")

    assert (watched["owner"], [line["author"] for line in watched["lines"]]) == ("bot", ["buyer", "bot"])
    assert unseen.status_code == 403
    assert zhu.get(f"{place}/lines", shop="demo").json()["owner"] == "agent"
    assert (held["buyer"], held["text"]) == ("watched", "竹编排水茶盘多少钱")
    assert (refused.status_code, [each.status_code for each in taken], other.status_code) == (403, [200, 200], 409)
    ticket = taken[0].json()
    assert (ticket["state"], ticket["claimed_by"], ticket["reason"]) == ("claimed", "zhu", "taken_over")
    assert "竹编排水茶盘" in str(ticket["brief"]["snapshots"])
    assert ticket["id"] == taken[1].json()["id"]
    assert decided(silent)[0] == "silent"
    after = zhu.get("/v1/conversations", limit=100).json()["items"]
    assert buyer.conversation not in {each["conversation"] for each in after}
    assert zhu.post(f"/v1/handoffs/{ticket['id']}/reply", {"text": "亲，有的"}).status_code == 200
    assert zhu.post(f"/v1/conversations/{held['channel']}/nobody/take?shop=demo").status_code == 404
