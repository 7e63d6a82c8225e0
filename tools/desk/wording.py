"""What the time line calls things, in English and Chinese, and what the terminal's screens mean."""

import re

from acquirer import findings
from facts import book

BY_HAND = ("switched on", "switched off", "cut", "set up anew", "the plug is pulled")
_WHY = (
    ("switched on", "手动开机"),
    ("switched off", "手动关机"),
    ("cut", "断电"),
    ("the plug is pulled", "拔掉电源"),
    ("power fails", "停电"),
    ("restarted", "重新启动"),
    ("watchdog", "看门狗复位"),
    ("reboot loop", "反复重启，实验台让它保持关机"),
    ("the process ended", "程序意外结束"),
)

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
    "REFUNDED": "refunded",
    "NOT_REFUNDED": "not-refunded",
    "REFUND_OPEN": "refund-open",
    "BALANCE_IS": "balance",
    "NO_BALANCE": "no-balance",
    "HELD": "held",
    "NOT_HELD": "not-held",
    "COMPLETED": "completed",
    "NOT_COMPLETED": "not-completed",
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
HAND_LAID = {"en": "Somebody waits on the wire", "zh": "有人守在线路上"}
HAND_FORGED = {"en": "A hand on the wire forges the answer", "zh": "线路上的人篡改了应答"}
HAND_BLIND = {"en": "A hand on the wire flips bits it cannot read", "zh": "线路上的人改动了看不懂的密文"}
ORDERED = {"en": "Fault ordered", "zh": "设置故障"}
FELL = {"en": "An invariant falls", "zh": "不变量被破坏"}
CLEARED = {"en": "Faults ended", "zh": "故障已清除"}

# Payments other than a sale, by 60.1.
_PAYMENTS = {
    "01": ("balance inquiry", "余额查询"),
    "10": ("pre-authorisation", "预授权"),
    "11": ("void of a pre-authorisation", "预授权撤销"),
    "20": ("completion", "预授权完成"),
    "21": ("void of a completion", "预授权完成撤销"),
    "23": ("void", "撤销"),
    "25": ("refund", "退货"),
}
# What a message is to its payment, by the second and third digit of its MTI.
_ROLES = {
    "10": ("%s request", "%s请求"), "11": ("%s answer", "%s应答"), "20": ("%s request", "%s请求"), "21": ("%s answer", "%s应答"),
    "22": ("%s request", "%s请求"), "23": ("%s answer", "%s应答"), "40": ("reversal of a %s", "%s冲正请求"),
    "41": ("reversal answer", "%s冲正应答"),
}  # fmt: skip

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
    "refuse": ("The host refuses connections", "主机拒绝连接"),
}
# What decode_entries calls the commands that have more than a name of the field.
_COMMANDS = (
    (r"(READ RECORD), file (\d+) record (\d+)", r"\1，文件 \2 第 \3 条"),
    (r"(GENERATE AC), asks for (\w+)", r"\1，请求 \2"),
    (r"SELECT application", "SELECT 应用"),
    (r"command (.+)", r"命令 \1"),
    (r"malformed command", "无法解读的命令"),
)
_SECONDS = ("delay", "late", "late-request")
_ARGUMENTS = {
    "before": "处理之前",
    "after": "处理之后",
    "amount": "金额",
    "stan": "凭证号",
    "terminal": "终端号",
    "merchant": "商户号",
}

# What the codecs say of bytes that they cannot read (core.tlv, core.dol, core.iso8583, desk.decode_entries).
_MALFORMED = (
    (r"not hexadecimal", "不是十六进制"),
    (r"(answer )?(is )?shorter than a status word", "应答不足两个字节，没有状态字"),
    (r"command shorter than its header", "命令短于命令头"),
    (r"Lc says (\d+) bytes, (\d+) follow", r"Lc 为 \1 字节，实际 \2 字节"),
    (r"the PDOL asks for (\d+) bytes, (\d+) were given", r"PDOL 要求 \1 字节，实际给出 \2 字节"),
    (r"wants (\d+) bytes, (\d+) are left", r"需要 \1 字节，只剩 \2 字节"),
    (r"length is cut short", "长度字节不完整"),
    (r"length byte (\w+) is not allowed", r"长度字节 \1 不允许"),
    (r"has no length( in the list)?", "缺少长度"),
    (r"has (\d+) bytes instead of (\d+)", r"为 \1 字节，应为 \2 字节"),
    (r"nested deeper than (\d+)", r"嵌套超过 \1 层"),
    (r"longer than 4 bytes", "标签超过 4 字节"),
    (r"ends too early", "数据提前结束"),
)


def key(name: str, long: bool) -> dict:
    """A key press."""
    return {"en": f"Holds {name}" if long else f"Key {name}", "zh": f"长按 {name}" if long else f"按键 {name}"}


def message(mti: str, field60: str = "") -> dict:
    """A message by its type and, of a payment, field 60."""
    if not mti:
        return {"en": "Unreadable message", "zh": "无法解读的报文"}
    fact = book.find("mti", mti)
    known = (fact.english[:1].lower() + fact.english[1:], fact.chinese) if fact else ("unknown message", "未知报文")
    english, chinese = known
    payment, role = _PAYMENTS.get(field60[:2]), _ROLES.get(mti[1:3])
    if payment and role:
        english, chinese = (text.replace("%s", name) for text, name in zip(role, payment))
    return {"en": f"{mti} {english}", "zh": f"{mti} {chinese}"}


def late(mti: str, field60: str = "") -> dict:
    """An answer that came when nobody waited for it any more."""
    title = message(mti, field60)
    return {"en": f"{title['en']}, too late", "zh": f"{title['zh']}（迟到）"}


def apdu(detail: dict) -> dict:
    """A command to the card: the field's own name of it is the same in both languages, what stands behind it is not."""
    name = str(detail.get("name") or "APDU")
    for pattern, chinese in _COMMANDS:
        found = re.fullmatch(pattern, name)
        if found:
            return {"en": name, "zh": found.expand(chinese)}
    return {"en": name, "zh": name}


def malformed(error: str) -> dict:
    """What is wrong with bytes from a card or a host; the place (a tag, a field, a byte) stays as it is."""
    for pattern, chinese in _MALFORMED:
        found = re.search(pattern, error)
        if found:
            place = error[: found.start()].strip(" :")
            return {"en": error, "zh": f"{place}：{found.expand(chinese)}" if place else found.expand(chinese)}
    return {"en": error, "zh": "无法解读"}


def flash(meaning: str) -> dict:
    """A write, by what it is for."""
    return _FLASH.get(meaning, _FLASH[""])


def host_fault(kind: str, argument) -> tuple:
    """(title, summary) of a fault that has hit a message."""
    english, chinese = _HOST_FAULTS[kind]
    return {"en": english, "zh": chinese}, argument_text(kind, argument)


def ordered(kind: str, argument) -> dict:
    """A fault that was asked for, in one line."""
    title, behind = host_fault(kind, argument)
    return {lang: text + (f" ({behind[lang]})" if behind["en"] else "") for lang, text in title.items()}


def armed(after: str, count: int) -> dict:
    """When the power will go: at a flash write or a network step from now."""
    if after == "write":
        return {"en": f"at flash write {count} from now", "zh": f"从现在起第 {count} 次写闪存时"}
    return {"en": f"at network step {count} from now", "zh": f"从现在起第 {count} 个网络步骤时"}


def why(reason: str) -> dict:
    """Why the power came or went; a place behind it ("cut at write 3") is left to the entry of the fault."""
    for english, chinese in _WHY:
        if reason.startswith(english):
            return {"en": reason, "zh": chinese}
    return {"en": reason, "zh": "终端自行断电"}


def argument_text(kind: str, argument) -> dict:
    """What stands behind a fault's kind, for people."""
    if argument is None:
        return {"en": "", "zh": ""}
    word = fault_argument(kind, argument)
    if kind in _SECONDS:
        return {"en": f"{word} s", "zh": f"{word} 秒"}
    if kind == "slow":
        return {"en": f"{word} ms", "zh": f"{word} 毫秒"}
    return {"en": word, "zh": _ARGUMENTS.get(word, word)}


def fault_argument(kind: str, argument) -> str:
    """What stands behind a fault's kind, as it is written in a line for the host."""
    if kind == "partial":
        return findings.money(argument)
    return f"{argument:g}" if isinstance(argument, float) else str(argument)
