"""Names, texts and codes of the demo company, as plain data. Every company and person in it is made up."""

from __future__ import annotations

REGIONS = [  # code of the region list, department in Chinese, in English, cities: Chinese, English, area code, dialling code
    ("south", "华南区", "South", [
        ("广州", "Guangzhou", "440100", "020"), ("深圳", "Shenzhen", "440300", "0755"), ("佛山", "Foshan", "440600", "0757"),
        ("东莞", "Dongguan", "441900", "0769"), ("厦门", "Xiamen", "350200", "0592"),
    ]),
    ("east", "华东区", "East", [
        ("上海", "Shanghai", "310100", "021"), ("杭州", "Hangzhou", "330100", "0571"), ("苏州", "Suzhou", "320500", "0512"),
        ("南京", "Nanjing", "320100", "025"), ("宁波", "Ningbo", "330200", "0574"),
    ]),
    ("north", "华北区", "North", [
        ("北京", "Beijing", "110100", "010"), ("天津", "Tianjin", "120100", "022"), ("青岛", "Qingdao", "370200", "0532"),
        ("石家庄", "Shijiazhuang", "130100", "0311"), ("太原", "Taiyuan", "140100", "0351"),
    ]),
]  # fmt: skip
OPERATIONS = ("后端维护", "Operations")

STAFF = [  # user name, family name, first name, role, region (None: head office, "ops": Operations)
    ("sales1", "陈", "志强", "Salesperson", "south"), ("sales2", "黄", "丽华", "Salesperson", "south"),
    ("sales3", "梁", "家明", "Salesperson", "south"), ("sales4", "沈", "雨桐", "Salesperson", "east"),
    ("sales5", "徐", "建国", "Salesperson", "east"), ("sales6", "陆", "思远", "Salesperson", "east"),
    ("sales7", "王", "海燕", "Salesperson", "north"), ("sales8", "赵", "鹏飞", "Salesperson", "north"),
    ("sales9", "刘", "晓梅", "Salesperson", "north"), ("manager1", "林", "国栋", "Regional manager", "south"),
    ("manager2", "周", "静怡", "Regional manager", "east"), ("manager3", "李", "振华", "Regional manager", "north"),
    ("service1", "何", "俊杰", "Maintenance", "ops"), ("service2", "吴", "秀英", "Maintenance", "ops"),
    ("service3", "孙", "浩然", "Maintenance", "ops"), ("service4", "马", "晓东", "Maintenance", "ops"),
    ("servicehead", "罗", "永强", "Head of maintenance", "ops"),
    ("director", "郑", "文博", "Management", None), ("director2", "唐", "慧敏", "Management", None),
    ("it", "谢", "子轩", "IT", None), ("it2", "方", "志远", "IT", None),
]  # fmt: skip

BRANDS = [  # Chinese, English
    ("蓝海", "Lanhai"), ("天河", "Tianhe"), ("云起", "Yunqi"), ("恒信", "Hengxin"), ("远航", "Yuanhang"), ("瑞丰", "Ruifeng"),
    ("博雅", "Boya"), ("华辰", "Huachen"), ("金桥", "Jinqiao"), ("新锐", "Xinrui"), ("明德", "Mingde"), ("启程", "Qicheng"),
    ("嘉禾", "Jiahe"), ("盛世", "Shengshi"), ("安捷", "Anjie"), ("同创", "Tongchuang"), ("星辉", "Xinghui"), ("卓越", "Zhuoyue"),
    ("万联", "Wanlian"), ("佳源", "Jiayuan"), ("中科润", "Zhongkerun"), ("海纳", "Haina"), ("光年", "Guangnian"), ("优品", "Youpin"),
    ("东方汇", "Dongfanghui"), ("鼎泰", "Dingtai"), ("青松", "Qingsong"), ("和风", "Hefeng"), ("百川", "Baichuan"), ("千里", "Qianli"),
]  # fmt: skip
ENGLISH_BRANDS = [
    "Brightwater", "Silverline", "Northgate", "Harbour", "Redwood", "Pearl River", "Blue Lantern", "Summit", "Evergreen", "Kestrel",
    "Lotus", "Meridian", "Granite", "Orchard", "Seabridge", "Willow", "Copperfield", "Amber", "Falcon", "Riverside",
]  # fmt: skip
TRADES = {  # code of the industry list -> Chinese and English endings of company names
    "finance": [("金融服务", "Finance"), ("融资租赁", "Leasing")],
    "retail": [("商贸", "Trading"), ("连锁超市", "Supermarkets")],
    "manufacturing": [("精密制造", "Precision Manufacturing"), ("电器", "Appliances")],
    "software": [("科技", "Technology"), ("信息技术", "Information Systems")],
    "logistics": [("物流", "Logistics"), ("供应链管理", "Supply Chain")],
    "medical": [("医疗器械", "Medical Devices"), ("生物科技", "Biotech")],
    "education": [("教育咨询", "Education"), ("职业培训", "Training")],
    "energy": [("新能源", "New Energy"), ("环保工程", "Environmental Engineering")],
}
SOURCES = ["referral", "referral", "fair", "website", "cold_call", "cold_call", "partner"]
FAMILY_NAMES = [
    ("张", "zhang"), ("杨", "yang"), ("朱", "zhu"), ("胡", "hu"), ("郭", "guo"), ("高", "gao"), ("罗", "luo"), ("宋", "song"),
    ("唐", "tang"), ("许", "xu"), ("韩", "han"), ("冯", "feng"), ("邓", "deng"), ("曹", "cao"), ("彭", "peng"), ("曾", "zeng"),
]  # fmt: skip
FIRST_NAMES = [
    ("伟", "wei"), ("敏", "min"), ("秀兰", "xiulan"), ("建华", "jianhua"), ("婷婷", "tingting"), ("宇航", "yuhang"), ("雪", "xue"),
    ("明辉", "minghui"), ("佳琪", "jiaqi"), ("国强", "guoqiang"), ("芳", "fang"), ("子豪", "zihao"), ("慧", "hui"), ("立群", "liqun"),
]  # fmt: skip
FOREIGN_NAMES = ["Anna Berg", "Daniel Foster", "Priya Nair", "Marco Rossi", "Grace Tan", "Thomas Keller", "Emily Clarke", "Kenji Mori"]
TITLES = ["总经理", "采购经理", "IT 经理", "运维主管", "行政经理", "技术总监", "财务主管", "项目经理"]
FOREIGN_TITLES = ["General manager", "Head of IT", "Purchasing manager", "Operations lead"]
STREETS = ["中山路", "人民路", "建设路", "科技园路", "滨江大道", "创新一路", "解放北路", "软件园东路"]

ACTIVITIES = {  # kind -> text, result
    "call": [
        ("电话介绍托管方案,对方想了解机柜电力和带宽。", "发送产品资料"), ("回访使用情况,客户反映网络稳定。", "满意"),
        ("联系采购,预算要下季度才批。", "下季度再联系"),
        ("Called about the quotation; they compare with two other providers.", "Waiting for their decision"),
        ("电话未接,改发短信约时间。", ""), ("确认合同条款,法务还有两处意见。", "等待修订"),
    ],
    "visit": [
        ("上门拜访,参观对方机房并了解迁移需求。", "安排技术方案"), ("拜访总经理,介绍公司在本地的数据中心。", "意向较强"),
        ("陪同客户参观机房,演示双路供电。", "客户认可"), ("Visited their new office and met the IT team.", "Will send a floor plan"),
    ],
    "mail": [
        ("发送报价单和服务等级说明。", "已收到"), ("Sent the revised offer with three-year terms.", "Read, no answer yet"),
        ("邮件答复安全合规问卷。", ""),
    ],
    "message": [("微信发送活动邀请函。", "答应参加"), ("微信提醒合同即将到期。", "走内部流程"), ("节日问候。", "")],
    "meeting": [
        ("线上会议,讨论上架时间和 IP 规划。", "下周确认清单"), ("与技术团队开方案评审会。", "方案通过"),
        ("Kick-off meeting with purchasing and operations.", "Minutes sent"),
    ],
    "other": [("展会上交换名片,关注云专线。", "加入跟进名单"), ("整理客户资料,补充联系人。", "")],
}  # fmt: skip
NEXT_STEPS = [
    "回电确认报价",
    "发送修订后的合同",
    "上门介绍迁移方案",
    "约技术团队看机房",
    "催签合同",
    "确认上架时间",
    "发送产品资料",
    "了解预算审批进度",
    "Call about the quotation",
    "Send the revised offer",
    "Visit their new office",
    "Ask for the purchase order",
]
KIND_WEIGHTS = {"call": 46, "visit": 14, "mail": 12, "message": 16, "meeting": 9, "other": 3}

CONTRACT_TITLES = [
    "机柜托管服务合同", "带宽接入服务合同", "云专线服务合同", "运维外包服务合同", "异地灾备服务合同", "Colocation services agreement",
]  # fmt: skip
TERMINATION_REASONS = ["客户业务迁移到自有机房", "公司注销", "长期拖欠费用,协商解约", "改用集团统一供应商", "Moved to another provider"]
CONTRACT_ENDS = ["双方协商提前终止", "客户缩减规模,提前解除"]
VOID_REASONS = ["公司名称写错,重新签订", "金额录入错误,作废重签", "客户取消采购"]

TICKETS = {  # code of the ticket category list -> subject, description
    "fault": [("服务器无法开机", "客户报告机柜内一台服务器断电后无法启动。"), ("硬盘告警", "监控提示 RAID 组降级,请现场更换硬盘。"),
              ("Server does not answer", "The host stopped answering on all ports this morning.")],
    "network": [("网络丢包", "从上午开始到总部的专线丢包约 5%。"), ("带宽跑满", "请协助查看流量来源。"),
                ("IP 地址无法访问", "新分配的地址段外网不通。")],
    "power": [("B 路断电", "机柜 PDU 的 B 路指示灯熄灭。"), ("电流超限告警", "机柜电流超过 80%,请核对负载。")],
    "listing": [("新设备上架", "三台 2U 服务器到货,请安排上架和布线。"), ("设备下架", "两台旧设备下架并打包寄回。")],
    "request": [("增加带宽到 200M", "临时活动需要,为期两周。"), ("开通访客进入机房", "供应商工程师两人,请办理准入。"),
                ("Reverse DNS entries", "Please set PTR records.")],
    "question": [("如何查看流量图", "客户新同事不熟悉自助平台。"), ("发票抬头变更", "公司更名后需要变更开票资料。")],
}  # fmt: skip
COMMENTS = [
    "已联系客户确认现象。", "现场检查中。", "已更换备件,观察一小时。", "问题定位为上联端口,已切换。", "Customer confirmed, thanks.",
    "等待客户提供授权函。", "已完成,请客户验收。", "Escalated to the carrier.",
]  # fmt: skip
WAITING_REASON = "等待客户确认操作窗口"
