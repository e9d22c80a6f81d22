"""The lists that the rules of listing read fit together, and have words for people."""

from __future__ import annotations

import pytest

from compliance.rulebook import parameters
from compliance.wording import found
from compliance.words import vocabulary

ARRANGEMENTS = (
    "listing.fractional_arrangements",
    "listing.return_arrangements",
    "listing.speculative_arrangements",
)
PHRASES = {
    "listing.promise_phrases": "listing.promise_harmless",
    "listing.relic_claims": "listing.relic_harmless",
    "listing.relic_mentions": "listing.relic_harmless",
}


def _newest(name: str) -> tuple[str, ...]:
    value = parameters()[name].values[-1].value
    assert isinstance(value, list)
    return tuple(value)


def test_every_arrangement_of_a_rule_is_known() -> None:
    """What one rule refuses another does not hold besides as something nobody has heard of."""
    known = set(_newest("listing.known_arrangements"))
    named = [word for name in ARRANGEMENTS for word in _newest(name)]
    assert {*named, "blind_box"} <= known
    assert len(set(named)) == len(named)


def test_no_asset_is_both_known_and_barred() -> None:
    known, barred = _newest("listing.known_underlyings"), _newest("listing.barred_underlyings")
    assert not set(known) & set(barred)


@pytest.mark.parametrize(
    "name",
    ["listing.known_arrangements", "listing.known_underlyings", "listing.barred_underlyings"],
)
def test_every_word_is_in_the_vocabulary(name: str) -> None:
    assert set(_newest(name)) <= set(vocabulary())


@pytest.mark.parametrize("name", PHRASES)
def test_no_list_hides_a_phrase(name: str) -> None:
    """Each is found when it stands alone, in whatever dress, for all harmless words and denials."""
    phrases, denials = _newest(name), _newest("listing.denials")
    harmless = _newest(PHRASES[name])
    for phrase in phrases:
        for text in (phrase, f"（{phrase}）", " ".join(phrase).upper()):
            assert phrase in found([text], phrases, harmless, denials)


@pytest.mark.parametrize("name", PHRASES)
def test_every_denial_denies(name: str) -> None:
    phrases, denials = _newest(name), _newest("listing.denials")
    for denial in denials:
        assert found([f"{denial} {phrases[0]}"], phrases[:1], (), denials) == ()


def test_every_harmless_phrase_is_needed() -> None:
    """Each holds a phrase that would otherwise be found."""
    for harmless in dict.fromkeys(PHRASES.values()):
        lists = [_newest(name) for name, other in PHRASES.items() if other == harmless]
        phrases = tuple(phrase for each in lists for phrase in each)
        for phrase in _newest(harmless):
            assert found([phrase], phrases), phrase
            assert not found([phrase], phrases, _newest(harmless)), phrase


@pytest.mark.parametrize(
    "text",
    [
        "涨潮图：潮水大涨，江天一色",
        "销售所得收益全部用于文物保护与修复",
        "确保本系列作品的真实性",
        "我们提升值守与导览的水平",
        "邮寄售后请联系本馆",
        "恭喜发财年画新作",
        "嫦娥 to the moon",
        "Proceeds go to the conservation of the collection.",
        "A high-yield harvest, after a painting of the Song",
        "本作品千年化身，重绘山水",
        "未经许可不得转载，保留所有权利",
        "本馆拥有文物藏品三万余件",
    ],
)
def test_what_a_museum_says_in_good_faith_is_not_found(text: str) -> None:
    denials = _newest("listing.denials")
    for name, harmless in PHRASES.items():
        assert found([text], _newest(name), _newest(harmless), denials) == ()
