"""Staff of an institution sign in with a login and a password."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash

from collectibles.errors import BadInput
from collectibles.services.context import Context
from collectibles.services.tally import HOUR_MS, count
from collectibles.store.tables.institutions import Staff

TRIES_AN_HOUR: Final = 20
TRIES_AN_HOUR_FROM_ONE_ADDRESS: Final = 100

#: Checked for a login there is none of, so that the answer takes as long.
_NOBODY: Final = generate_password_hash("nobody has this password")


def sign_in_staff(ctx: Context, login: str, password: str, address: str) -> Staff:
    """The member of staff with this login and password. Raises BadInput or TooMany."""
    with ctx.database.begin() as session:
        count(ctx, session, "staff_from", address, HOUR_MS, TRIES_AN_HOUR_FROM_ONE_ADDRESS)
        count(ctx, session, "staff_login", login, HOUR_MS, TRIES_AN_HOUR)
        staff = session.scalar(select(Staff).where(Staff.login == login, Staff.open))
    right = check_password_hash(staff.password if staff else _NOBODY, password)
    if staff is None or not right:
        raise BadInput(
            "password",
            "sign_in_wrong",
            "账号或密码不正确。忘记密码请联系本机构管理员。",
            "The login or the password is not right. If you forgot it, ask your institution.",
        )
    return staff
