"""The check of rig.forms for what a page asks for: its complaint is one that the page gets to read."""

from rig import forms

from .errors import DeskError


def check(value, schema: dict, where: str = "") -> None:
    """Raises DeskError naming what is wrong with `value`."""
    try:
        forms.check(value, schema, where)
    except forms.FormError as error:
        raise DeskError(str(error), 400, f"填写有误：{error}") from None
