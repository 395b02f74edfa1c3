"""The seeded lists, statuses, priorities and number series, as plain data."""

from __future__ import annotations

STATUSES = [  # Chinese, English, stage, tone
    ("完成录入", "Entered", "lead", "grey"),
    ("初步接触", "First contact", "lead", "blue"),
    ("洽谈中", "In negotiation", "lead", "amber"),
    ("签约", "Signed", "signed", "green"),
    ("解约", "Terminated", "terminated", "red"),
]
PRIORITIES = [  # Chinese, English, hours until due, tone
    ("紧急", "Urgent", 4, "red"),
    ("高", "High", 24, "amber"),
    ("普通", "Normal", 72, "blue"),
    ("低", "Low", 168, "grey"),
]
CHOICES = {  # list -> code, Chinese, English
    "activity_kind": [
        ("call", "电话", "Call"), ("visit", "拜访", "Visit"), ("mail", "邮件", "Mail"), ("message", "微信或短信", "Message"),
        ("meeting", "会议", "Meeting"), ("other", "其他", "Other"),
    ],
    "industry": [
        ("finance", "金融", "Finance"), ("retail", "零售", "Retail"), ("manufacturing", "制造", "Manufacturing"),
        ("software", "软件", "Software"), ("logistics", "物流", "Logistics"), ("medical", "医疗", "Medical"),
        ("education", "教育", "Education"), ("energy", "能源", "Energy"), ("government", "政府", "Government"), ("other", "其他", "Other"),
    ],
    "region": [
        ("south", "华南", "South China"), ("east", "华东", "East China"), ("north", "华北", "North China"),
        ("west", "西南", "Southwest China"), ("overseas", "海外", "Overseas"),
    ],
    "source": [
        ("referral", "客户介绍", "Referral"), ("fair", "展会", "Trade fair"), ("website", "网站", "Website"),
        ("cold_call", "陌生拜访", "Cold call"), ("partner", "合作伙伴", "Partner"), ("other", "其他", "Other"),
    ],
    "ticket_category": [
        ("fault", "故障", "Fault"), ("network", "网络", "Network"), ("power", "电力", "Power"), ("listing", "上架", "Racking"),
        ("request", "需求", "Request"), ("question", "咨询", "Question"), ("other", "其他", "Other"),
    ],
}  # fmt: skip
SERIES = {"customer": "C{seq:07}", "contract": "HT{year}{seq:06}", "ticket": "T{year}{seq:06}", "handover": "HO{year}{seq:05}"}
DEPARTMENT = ("总部", "Head office")
