"""What the time line calls things, in English and Chinese, and what the terminal's screens mean."""

from acquirer import findings
from words.names import MTI_NAMES

BY_HAND = ("switched on", "switched off", "cut")

# name of a result screen's title -> what it means
RESULTS = {
    "APPROVED": "approved",
    "PARTIAL": "partial",
    "DECLINED": "declined",
    "NOT_CHARGED": "not-charged",
    "UNKNOWN": "unknown",
    "NOW_REVERSING": "reversing",
    "REVERSED": "reversed",
    "REVERSAL_FAILED": "reversal-open",
    "MANUAL": "manual",
    "CARD_REFUSED": "card-refused",
    "TAP_ENDED": "tap-ended",
    "VOIDED": "voided",
    "NOT_VOIDED": "not-voided",
}

CARD_ON = {"en": "Card on the reader", "zh": "卡片放上读卡器"}
CARD_OFF = {"en": "Card taken away", "zh": "卡片移开"}
POWER_ON = {"en": "Power on", "zh": "上电"}
POWER_OFF = {"en": "Power off", "zh": "断电"}
SCREEN = {"en": "Screen", "zh": "屏幕显示"}
CONNECTING = {"en": "Opens a connection", "zh": "建立连接"}
CLOSED = {"en": "Closes the connection", "zh": "关闭连接"}
SOUND = {"en": "Buzzer", "zh": "蜂鸣器"}
WIFI_AWAY = {"en": "Wi-Fi taken away", "zh": "无线网断开"}
WIFI_BACK = {"en": "Wi-Fi is back", "zh": "无线网恢复"}
CUT_ARMED = {"en": "Power will be cut", "zh": "将断电"}
HOST_STOPPED = {"en": "The host is stopped", "zh": "主机停机"}
HOST_BACK = {"en": "The host runs again", "zh": "主机恢复"}
ORDERED = {"en": "Fault ordered", "zh": "设置故障"}
CLEARED = {"en": "Faults ended", "zh": "故障已清除"}

_MTI_ZH = {
    "0100": "授权请求",
    "0110": "授权应答",
    "0200": "消费请求",
    "0210": "消费应答",
    "0220": "通知请求",
    "0230": "通知应答",
    "0320": "批上送请求",
    "0330": "批上送应答",
    "0400": "冲正请求",
    "0410": "冲正应答",
    "0500": "结算请求",
    "0510": "结算应答",
    "0800": "签到请求",
    "0810": "签到应答",
    "0820": "网络管理请求",
    "0830": "网络管理应答",
}

# The same types with the processing code of a void.
_VOID = {
    ("0200", "200000"): ("void request", "撤销请求"),
    ("0210", "200000"): ("void answer", "撤销应答"),
    ("0400", "200000"): ("reversal of a void", "撤销冲正请求"),
    ("0410", "200000"): ("reversal answer", "撤销冲正应答"),
}

_FLASH = {
    "intent": {"en": "Writes down how to take it back", "zh": "写入冲正所需记录"},
    "outcome": {"en": "Writes the outcome into the journal", "zh": "结果写入流水"},
    "keys": {"en": "Writes the new keys", "zh": "写入新密钥"},
    "counter": {"en": "Writes the next trace number", "zh": "写入凭证号"},
    "": {"en": "Writes to flash", "zh": "写入闪存"},
}

_HOST_FAULTS = {
    "drop-answer": ("The host has decided and keeps its answer to itself", "主机已处理，但不发应答"),
    "drop-request": ("The request gets lost before the host", "请求在到达主机前丢失"),
    "late-request": ("The network holds the request back", "请求被网络滞留"),
    "delay": ("The host takes its time", "主机延迟应答"),
    "late": ("The answer will come late", "应答将迟到"),
    "duplicate": ("The host answers twice", "主机应答两次"),
    "corrupt": ("A bit of the answer is flipped", "应答中有一位翻转"),
    "wrong-mac": ("The answer bears a wrong MAC", "应答的 MAC 错误"),
    "garbage": ("Rubbish instead of an answer", "应答是乱码"),
    "half": ("Only half of the answer is sent", "只发出一半应答"),
    "slow": ("The answer comes byte by byte", "应答逐字节发送"),
    "mismatch": ("The answer belongs to another request", "应答与请求不符"),
    "close": ("The host hangs up", "主机挂断连接"),
    "decline": ("The issuer declines as ordered", "按设置拒绝交易"),
    "approve": ("Approved with another code", "以其他应答码批准"),
    "partial": ("Only a part is approved", "只批准部分金额"),
}


def key(name: str, long: bool) -> dict:
    """A key press."""
    return {"en": f"Holds {name}" if long else f"Key {name}", "zh": f"长按 {name}" if long else f"按键 {name}"}


def message(mti: str, field3: str = "") -> dict:
    """A message by its type and processing code."""
    if not mti:
        return {"en": "Unreadable message", "zh": "无法解读的报文"}
    english, chinese = _VOID.get((mti, field3)) or (MTI_NAMES.get(mti, "unknown message"), _MTI_ZH.get(mti, "未知报文"))
    return {"en": f"{mti} {english}", "zh": f"{mti} {chinese}"}


def flash(meaning: str) -> dict:
    """A write, by what it is for."""
    return _FLASH.get(meaning, _FLASH[""])


def host_fault(kind: str, argument) -> tuple:
    """(title, summary) of a fault that has hit a message."""
    english, chinese = _HOST_FAULTS.get(kind, (kind, kind))
    return {"en": english, "zh": chinese}, "" if argument is None else fault_argument(kind, argument)


def fault_argument(kind: str, argument) -> str:
    """What stands behind a fault's kind, as it is written in a line for the host."""
    if kind == "partial":
        return findings.money(argument)
    return f"{argument:g}" if isinstance(argument, float) else str(argument)
