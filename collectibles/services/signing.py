"""Acts of other members: signed with their hosted key, or checked as they come signed."""

from __future__ import annotations

from collectibles.domain.movements import Movement
from collectibles.errors import Conflict
from collectibles.ledger.keys import SigningKey, sign_act
from collectibles.services.context import Context
from collectibles.store.tables.institutions import Institution


def sign(ctx: Context, movement: Movement) -> Movement:
    """The movement with the hosted signature of the institution it is by.

    Raises Conflict if that institution keeps its own key: then it has to sign itself.
    """
    with ctx.database.begin() as session:
        institution = session.get_one(Institution, movement.by)
        data_key, sealed = institution.data_key, institution.seed
    if data_key is None or sealed is None:
        raise Conflict(
            "own_custody",
            "该机构自行保管密钥，请提交其签名。",
            "This institution keeps its own key; submit its signature.",
        )
    seed = bytes.fromhex(ctx.vault.open(data_key, _place(movement.by), sealed))
    return sign_act(SigningKey(seed), ctx.settings.origin, movement)


def seal_seed(ctx: Context, institution: str, seed: bytes) -> tuple[bytes, bytes]:
    """A hosted signing key, sealed for its institution: data key and sealed seed."""
    data_key = ctx.vault.new_data_key()
    return data_key, ctx.vault.seal(data_key, _place(institution), seed.hex())


def _place(institution: str) -> str:
    return f"institution.seed:{institution}"
