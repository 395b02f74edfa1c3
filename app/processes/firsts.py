"""The processes that a new installation has: the listing process, published; three more as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.access.viewer import as_system
from ..core.base import clock
from ..extensions import db
from ..staff.queries import select_admins
from . import rules
from .designs import Process
from .documents import Document, write
from .flow.definition import Kind, MayReturn, Nobody, Quorum, Right, Who

READ, WRITE, REQUIRED, HIDDEN = (right.value for right in (Right.READ, Right.WRITE, Right.REQUIRED, Right.HIDDEN))
CONTRACT = {"code": "contract", "kind": Kind.CONTRACT.value, "name_zh": "合同序号", "name_en": "Contract number", "is_live": True}
REMARK = {"code": "remark", "kind": Kind.LONG_TEXT.value, "name_zh": "备注", "name_en": "Remark", "limit": 2000}


def _step(code: str, chinese: str, english: str, who: Who, **more: Any) -> dict[str, Any]:
    return {"code": code, "name_zh": chinese, "name_en": english, "who": who.value, **more}


def _manager(code: str, chinese: str, english: str, **more: Any) -> dict[str, Any]:
    return _step(code, chinese, english, Who.MANAGER, nobody=Nobody.OWNER.value, may_return=MayReturn.START.value, hours=16, **more)


def _rack(code: str, chinese: str, english: str, **more: Any) -> dict[str, Any]:
    return _step(code, chinese, english, Who.ROLE, roles=["Maintenance"], quorum=Quorum.ONE.value, hours=16, **more)


LISTING: Document = {
    "format": 1, "code": "listing", "name_zh": "上架流程", "name_en": "Listing", "binding": "contract.amount,contract.end_on",
    "fields": [
        CONTRACT,
        {"code": "site", "kind": "text", "name_zh": "上架机房", "name_en": "Data centre", "limit": 80},
        {"code": "wanted_on", "kind": "date", "name_zh": "期望日期", "name_en": "Wanted on"},
        {"code": "devices", "kind": "rows", "name_zh": "设备明细", "name_en": "Devices", "columns": [
            {"code": "device", "kind": "text", "name_zh": "设备", "name_en": "Device", "limit": 100},
            {"code": "units", "kind": "number", "name_zh": "高度（U）", "name_en": "Height (U)", "least": "0", "most": "48"},
            {"code": "power", "kind": "text", "name_zh": "电力需求", "name_en": "Power", "limit": 60},
        ]},
        {"code": "bandwidth", "kind": "text", "name_zh": "带宽", "name_en": "Bandwidth", "limit": 80},
        REMARK,
        {"code": "rack", "kind": "text", "name_zh": "机柜与U位", "name_en": "Rack and units", "limit": 60, "is_told": True},
        {"code": "address", "kind": "text", "name_zh": "IP地址", "name_en": "Address", "limit": 200, "is_told": True},
        {"code": "racked_on", "kind": "date", "name_zh": "上架日期", "name_en": "Racked on", "is_told": True},
        {"code": "receipt", "kind": "attachment", "name_zh": "客户签收单", "name_en": "Customer's receipt"},
    ],
    "steps": [
        _step("submit", "提交申请", "Request", Who.STARTER, may_return="never", rights={
            "contract": REQUIRED, "site": REQUIRED, "wanted_on": WRITE, "devices": WRITE, "bandwidth": WRITE, "remark": WRITE,
            "rack": HIDDEN, "address": HIDDEN, "racked_on": HIDDEN, "receipt": HIDDEN,
        }),
        _manager("approve", "区域经理审批", "Manager approves"),
        _rack("rack", "上架执行", "Racking", may_return="any", verb_zh="完成上架", verb_en="Racked", rights={
            "rack": REQUIRED, "address": REQUIRED, "racked_on": REQUIRED, "receipt": WRITE,
        }),
        _step("confirm", "业务员确认", "Salesperson confirms", Who.STARTER, may_return="previous", hours=24,
              verb_zh="确认", verb_en="Confirm"),
    ],
}  # fmt: skip

TAKING_DOWN: Document = {
    "format": 1, "code": "taking_down", "name_zh": "下架流程", "name_en": "Taking down",
    "fields": [
        {**CONTRACT, "is_live": False},
        {"code": "reason", "kind": "long_text", "name_zh": "下架原因", "name_en": "Reason", "limit": 500},
        {"code": "taken_on", "kind": "date", "name_zh": "下架日期", "name_en": "Taken down on", "is_told": True},
        {"code": "returned", "kind": "yes_no", "name_zh": "设备已交还", "name_en": "Equipment given back"},
    ],
    "steps": [
        _step("submit", "提交申请", "Request", Who.STARTER, may_return="never", rights={"contract": REQUIRED, "reason": REQUIRED,
              "taken_on": HIDDEN, "returned": HIDDEN}),
        _manager("approve", "区域经理审批", "Manager approves"),
        _rack("take_down", "下架执行", "Taking down", may_return="start", rights={"taken_on": REQUIRED, "returned": WRITE}),
    ],
}  # fmt: skip

APPROVAL: Document = {
    "format": 1, "code": "contract_approval", "name_zh": "合同审批", "name_en": "Contract approval", "effect": "contract_in_force",
    "effect_by": "approver", "binding": "contract.amount,contract.end_on",
    "fields": [{**CONTRACT, "is_live": False}, {"code": "terms", "kind": "long_text", "name_zh": "特殊条款", "name_en": "Special terms"}],
    "steps": [
        _step("submit", "提交合同", "Hand in", Who.STARTER, may_return="never", rights={"contract": REQUIRED, "terms": WRITE}),
        _manager("approve", "区域经理审批", "Manager approves", routes=[
            {"to": "direct", "when": [{"field": "contract.amount", "operator": "gt", "value": "100000"}]}, {"to": ""},
        ]),
        _step("direct", "管理层审批", "Management approves", Who.ROLE, roles=["Management"], quorum="any", may_return="any", hours=16),
    ],
}  # fmt: skip

ENDING: Document = {
    "format": 1, "code": "ending", "name_zh": "解约清单", "name_en": "Termination checklist", "effect": "customer_terminated",
    "effect_by": "owner",
    "fields": [
        {"code": "customer", "kind": "customer", "name_zh": "客户", "name_en": "Customer"},
        {"code": "reason", "kind": "long_text", "name_zh": "解约原因", "name_en": "Reason", "limit": 500},
        {"code": "ended_on", "kind": "date", "name_zh": "解约日期", "name_en": "Date of termination"},
        {"code": "returned", "kind": "yes_no", "name_zh": "设备已交还", "name_en": "Equipment given back"},
        {"code": "invoiced", "kind": "yes_no", "name_zh": "尾款发票已开", "name_en": "Final invoice issued"},
    ],
    "steps": [
        _step("submit", "提交解约", "Request", Who.STARTER, may_return="never", rights={"customer": REQUIRED, "reason": REQUIRED,
              "ended_on": REQUIRED}),
        _rack("give_back", "设备交还", "Equipment back", may_return="start", rights={"returned": REQUIRED}),
        _manager("confirm", "区域经理确认", "Manager confirms", rights={"invoiced": REQUIRED}),
    ],
}  # fmt: skip


def make_first_processes() -> Sequence[Any]:
    """Write the first processes: the listing process published, the others as drafts. The first administrator owns them."""
    session = db.session()
    with as_system("install"):
        owner = session.scalar(select_admins().order_by("id").limit(1))
        for place, document in enumerate((LISTING, TAKING_DOWN, APPROVAL, ENDING), 1):
            process = Process(
                code=document["code"], name_zh=document["name_zh"], name_en=document["name_en"], position=place * 10, owner_id=owner
            )
            session.add(process)
            session.flush()
            version = write(session, process, 1, document)
            if document is LISTING:
                version.state, version.published_at = rules.PUBLISHED, clock.now()
        session.flush()
    return []
