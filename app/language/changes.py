"""Reads what an order is to be changed to, where a message brings it along: an address, a remark, another variant."""

import re

_SHAPES = {
    "address": re.compile(r"[省市区县镇乡].{0,20}(?:路|街|号|栋|村|小区|室|单元)"),
    "remark": re.compile(r"(?:备注|留言|写上|注明)(?:一下)?[^吗么]{4,}"),
    "variant": re.compile(r"(?:换成|改成|换)(?!别的|其他|其它|另|个|一个|什么)[^吗么]{2,}"),
}
_ADDRESS = re.compile(r"[省市区县镇乡村].*[路街道号栋幢弄巷室楼村小单]|[路街道弄巷村苑园]\s*\d+|\d+\s*[号栋幢弄室单]")
_BEFORE_ADDRESS = re.compile(r"^.*(?:改成|改到|改为|换成|换到|寄到|送到|地址[是为:：]|改寄)[:： ]*")
_TAX_NUMBER = re.compile(r"[0-9A-Za-z]{15,20}")
_PARTS = re.compile(r"[、，,；;或和（）()\s\d]+")
_SIGNER = re.compile(r"签收人[:：]\s*([^\s，,。]+)")


def find_changes(text: str) -> dict[str, str]:
    """The message under what it changes: address, or remark and variant; an address holds words that look like both."""
    found = {slot: text for slot, shape in _SHAPES.items() if shape.search(text)}
    return {"address": found["address"]} if "address" in found else found


def holds_address(text: str) -> bool:
    """Whether a text names a place that a parcel could go to."""
    return _ADDRESS.search(text) is not None


def trim_address(text: str) -> str:
    """An address without the words before it: 改到, 地址是."""
    return _BEFORE_ADDRESS.sub("", text, count=1)


def holds_tax_number(text: str) -> bool:
    """Whether a text holds what may be a taxpayer's number."""
    return _TAX_NUMBER.search(text) is not None


def split_parts(value: str) -> list[str]:
    """The parts of a listed value: 竹、胡桃木 are two."""
    return _PARTS.split(value)


def find_signer(scan: str) -> str | None:
    """Who signed for a parcel, by its last scan."""
    found = _SIGNER.search(scan)
    return found[1] if found else None
