"""How often one address may try verification codes that do not exist."""

from apps.kit.limits import Limit

VERIFY_WRONG = Limit("verify.wrong")
