"""The forms of the museum's desk, and the words for what they offer to choose from."""

from __future__ import annotations

from marshmallow import ValidationError, validates_schema

from collectibles.web.fields import Choice, Choices, File, Moment, Tick, Whole, Words, Yuan
from collectibles.web.forms import FormSchema
from compliance.rule import Text

MIB = 1024 * 1024

DERIVATIONS = [
    ("creative_rework", "创意改编：以原作为本重新创作", "Creative rework of the object"),
    ("new_work", "全新创作：受原作启发", "New work inspired by the object"),
    ("raw_photo", "文物照片原图", "Plain photograph of the object"),
    ("raw_scan", "文物扫描原始数据", "Raw scan of the object"),
    ("replica_3d", "三维复制", "Three-dimensional replica"),
]
LICENCE_RIGHTS = [
    ("reproduction", "复制权", "Reproduction"),
    ("network_transmission", "信息网络传播权", "Transmission over networks"),
    ("adaptation", "改编权", "Adaptation"),
]
GRANTS = [
    ("display", "展示", "To display it"),
    ("personal_study", "个人学习、欣赏", "Personal study and enjoyment"),
    ("personal_noncommercial_use", "个人非商业使用", "Personal, non-commercial use"),
    ("venue_benefit", "馆内权益（如参观优惠）", "A benefit at the museum"),
]
OFFERED = [
    ("all_rights_reserved", "保留所有权利", "All rights reserved"),
    ("cc_by", "CC BY（署名）", "CC BY"),
    ("cc_by_sa", "CC BY-SA（署名、相同方式共享）", "CC BY-SA"),
    ("cc0", "CC0（不保留权利）", "CC0"),
]
OBJECT_TERMS = [
    ("cc0", "CC0（不保留权利）", "CC0"),
    ("public_domain", "公有领域", "Public domain"),
    ("cc_by", "CC BY（署名）", "CC BY"),
    ("cc_by_sa", "CC BY-SA（署名、相同方式共享）", "CC BY-SA"),
    ("all_rights_reserved", "保留所有权利", "All rights reserved"),
]
AI = [
    ("none", "未使用", "Not used"),
    ("assisted", "部分使用", "Used for parts of it"),
    ("generated", "由其生成", "It was generated"),
]
UNDERLYINGS = [
    ("creative_work", "依藏品再创作的作品", "A creative work on an object"),
    ("original_work", "原创作品", "An original work"),
    ("commemorative_work", "纪念性作品", "A commemorative work"),
    ("audiovisual_work", "视听作品", "An audiovisual work"),
    ("other", "其他", "Something else"),
]
ARRANGEMENTS = [
    ("venue_visit", "到馆参观权益", "A visit to the museum"),
    ("lecture", "讲座或活动", "A lecture or an event"),
    ("merchandise_once", "一次性附赠文创实物", "Merchandise, given once"),
    ("blind_box", "盲盒", "A blind box"),
    ("fraction", "份额或碎片", "Shares or fragments"),
    ("buyback", "回购或保底", "Buying back, or a floor price"),
    ("referral_reward", "拉新返利", "Rewards for referrals"),
    ("priority_buy", "持有者优先购", "Priority for holders"),
    ("merge", "合成", "Merging"),
    ("rank_prize", "排名奖励", "Prizes by rank"),
]
CHECKED = [
    ("content", "图文内容合法、准确", "Picture and words are lawful and true"),
    ("ownership", "权属与授权链完整", "Ownership and the chain of licences are whole"),
    ("source_file", "看过创作源文件", "The source files of the work have been seen"),
    ("image_search", "以图搜图未见侵权", "An image search shows no infringement"),
    ("similarity", "与藏品原图有实质区别", "It differs in substance from the object's picture"),
    ("no_banknote", "不含人民币图样", "It shows no banknote"),
    ("ai_label", "人工智能标识齐备（如使用）", "Labels of generative AI are there, if it was used"),
]
WORDS = {
    name: Text(zh, en)
    for name, zh, en in [
        *(*DERIVATIONS, *LICENCE_RIGHTS, *GRANTS, *OFFERED, *OBJECT_TERMS),
        *(*AI, *UNDERLYINGS, *ARRANGEMENTS, *CHECKED),
    ]
}


class CatalogueForm(FormSchema):
    """A catalogue file."""

    catalogue = File("目录文件（CSV）", "Catalogue (CSV)", accept=".csv,text/csv", max=10 * MIB)


class SearchForm(FormSchema):
    """What to look for in the catalogue, and which page of it."""

    q = Words(
        "查找",
        "Find",
        max=80,
        needed=False,
        hint=("总登记号、名称或作者", "Number, title or artist"),
    )
    page = Whole("页", "Page", min=1, max=100_000, needed=False)


class PictureForm(FormSchema):
    """A picture, of one of the museum's objects or of none in particular."""

    picture = File(
        "图片",
        "Picture",
        accept="image/png,image/jpeg,image/webp",
        max=20 * MIB,
        hint=(
            "PNG、JPEG或WebP，不超过20 MiB、2500万像素。",
            "PNG, JPEG or WebP, at most 20 MiB and 25 megapixels.",
        ),
    )
    number = Words(
        "属于哪件藏品",
        "Of which object",
        max=80,
        needed=False,
        hint=("填写总登记号", "Its number in the catalogue"),
        list="objects",
        autocomplete="off",
    )


class SeriesForm(FormSchema):
    """Everything a curator says of a series. `seen` marks the draft as the form showed it."""

    number = Words(
        "所依据的藏品",
        "The object it is about",
        max=80,
        hint=("填写总登记号，如1959.348", "Its number in the catalogue, such as 1959.348"),
        list="objects",
        autocomplete="off",
    )
    picture = Choice("图片", "Picture", radios=True)
    title_zh = Words("中文名称", "Chinese title", max=120)
    title_en = Words("英文名称", "English title", max=120)
    derivation = Choice("图片的来源", "Where the picture comes from", DERIVATIONS, radios=True)
    adaptor = Words("改编者", "Adaptor", max=80, needed=False)
    creative_statement = Words(
        "创作说明",
        "Creative statement",
        max=600,
        lines=True,
        needed=False,
        hint=(
            "与原作相比，重新创作了什么；购买者会看到",
            "What was made anew, compared with the object; buyers read this",
        ),
    )
    ai = Choice("生成式人工智能", "Generative AI", AI, needed=False, radios=True)
    underlying = Choice("系列以什么为内容", "What the series is of", UNDERLYINGS)
    arrangements = Choices(
        "随附的安排",
        "What comes with it besides",
        ARRANGEMENTS,
        needed=False,
        hint=(
            "如实勾选；没有就不选。规则库会说明哪些不准许",
            "Tick what there is, if anything; the rulebook says what is not permitted",
        ),
    )
    right_holder = Words("权利人", "Right holder", max=120, needed=False)
    licence_reference = Words("授权文件编号", "Licence reference", max=80, needed=False)
    licence_rights = Choices("授权的权利", "Rights licensed", LICENCE_RIGHTS, needed=False)
    licence_starts_at = Moment("授权开始", "Licence begins", needed=False)
    licence_ends_at = Moment(
        "授权结束", "Licence ends", needed=False, hint=("不填表示不限期", "Empty: no end")
    )
    offered_terms = Choice("以何种条款提供", "Offered under which terms", OFFERED)
    grants = Choices("持有人得到的权利", "What holders get", GRANTS, needed=False)
    edition_size = Whole("发行量", "Edition size", min=1, max=1_000_000)
    price = Yuan("单价（元）", "Price (yuan)", min=1)
    price_statement = Words(
        "定价说明",
        "How the price came about",
        max=600,
        lines=True,
        needed=False,
        hint=("如设计、授权与制作成本", "Such as the costs of design, licence and making"),
    )
    opens_at = Moment("开始发售", "Sale opens", hint=("北京时间", "Beijing time"))
    closes_at = Moment("结束发售", "Sale closes", hint=("北京时间", "Beijing time"))
    seen = Words("草稿版本", "Version of the draft", max=16, needed=False)

    @validates_schema
    def _window(self, data: dict[str, object], **_: object) -> None:
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if isinstance(opens, int) and isinstance(closes, int) and closes <= opens:
            text = Text("结束时间应晚于开始时间。", "The sale must end after it begins.")
            raise ValidationError([text], "closes_at")

    @validates_schema
    def _licence(self, data: dict[str, object], **_: object) -> None:
        if data.get("licence_reference") and data.get("licence_starts_at") is None:
            text = Text("请填写授权从何时开始。", "Say when the licence begins.")
            raise ValidationError([text], "licence_starts_at")


class ReviewForm(FormSchema):
    """What the reviewer looked at, and has checked."""

    checks = Choices("已核查并且没有问题的", "Checked and found good", CHECKED, needed=False)
    seen = Words("内容版本", "Version of the content", max=64)


class RemarkForm(FormSchema):
    """Why a series goes back to its curator."""

    remark = Words(
        "退回的原因",
        "Why it is sent back",
        max=1000,
        lines=True,
        hint=("起草人会看到", "The curator reads this"),
    )


class MintForm(FormSchema):
    """How many editions to mint next, from which number on."""

    count = Whole("铸造数量", "How many to mint", min=1, max=1_000_000)
    first = Whole("起始编号", "First number", min=1, max=1_000_000)
    sure = Tick("我知道铸造后不能撤销", "I know that minting cannot be undone", must=True)
