"""What the story says, in English and Chinese: chapters, captions and the sentences that its screens are known by."""

# name of a screen -> the sentence that stands on it (tools/words/sentences.txt)
SCREENS = {
    "boot": "WIFI_JOINING",
    "sign-on": "SIGNING_ON",
    "idle": "HINT_IDLE",
    "amount": "ENTER_AMOUNT",
    "present": "PRESENT_CARD",
    "reading": "READING",
    "remove": "REMOVE_CARD",
    "connecting": "CONNECTING",
    "waiting": "WAITING_HOST",
    "approved": "APPROVED",
    "approved-2": "TRACE",
    "reversing": "NOW_REVERSING",
    "reversed": "REVERSED",
    "declined": "DECLINED",
    "desk": "REVERSAL_FAILED",
}

CHAPTERS = {
    "start": (
        (
            "Switched on",
            "The terminal joins the Wi-Fi, opens a TLS connection to its acquirer, whose certificate it "
            "checks against the one CA it was given, and signs on: fresh keys for PINs and MACs come back, wrapped under "
            "the terminal's master key.",
        ),
        (
            "开机",
            "终端连接无线网，用预置的唯一 CA 核对收单行证书后建立 TLS 连接，然后签到："
            "收单行返回用终端主密钥加密的 PIN 密钥和 MAC 密钥。",
        ),
    ),
    "sale": (
        (
            "A sale of 12.50",
            "1 2 5 0 # on the keypad, a Visa test card on the reader. Before the first byte of the "
            "request leaves, the terminal has written to flash how to take it back.",
        ),
        ("收款 12.50", "键盘输入 1 2 5 0 #，挥一张 Visa 测试卡。请求的第一个字节发出之前，冲正所需的记录已经写进闪存。"),
    ),
    "lost": (
        (
            "The answer gets lost",
            "The second sale. The host books it and swallows its answer. Nobody at the counter "
            "can know whether money was taken, so the terminal says exactly that, and takes the sale back (reversal, 0400).",
        ),
        ("应答丢失", "第二笔。主机已入账，但吞掉了应答。柜台上谁也不知道钱扣没扣，终端如实显示“结果未知”，并发出冲正（0400）。"),
    ),
    "cut": (
        ("The plug is pulled", "The third sale. The host has booked it; at that moment the terminal loses its power."),
        ("断电", "第三笔。主机刚刚入账，终端就在这一刻断电。"),
    ),
    "again": (
        (
            "Switched on again",
            "Nothing is known but what flash has kept: a request had left, no answer was recorded. "
            "So it is reversed, before anything else may be sold.",
        ),
        ("重新上电", "终端只知道闪存里留下的记录：请求已发出，没有记下应答。所以先冲正，之前不做任何交易。"),
    ),
    "books": (
        ("The books", "What the terminal's journal says, read from its flash, beside what the host's ledger says."),
        ("对账", "左边是从闪存读出的终端流水，右边是主机账本。"),
    ),
}

# name of a shot -> caption
CAPTIONS = {
    "boot": ("starting", "启动"),
    "sign-on": ("signing on", "签到"),
    "idle": ("idle: shop, time, Wi-Fi, host", "待机：商户、时间、无线网、主机"),
    "amount": ("the digits are cents", "数字以分为单位"),
    "present": ("the reader's field is on", "读卡器已开启"),
    "reading": ("the chip is read", "正在读芯片"),
    "remove": ("the card is no longer needed", "已不再需要卡片"),
    "connecting": ("a TLS connection for this request", "为此请求建立 TLS 连接"),
    "waiting": ("the request has left", "请求已发出"),
    "approved": ("MAC right, everything matches, journal written", "MAC 正确，内容相符，流水已写入"),
    "approved-2": ("its second page", "第二页"),
    "reversing": ("never “failed”: the fate of the money is not known", "绝不显示“失败”：款项去向未知"),
    "reversed": ("the host has taken the sale back", "主机已冲正"),
    "reversed-2": ("its second page", "第二页"),
}

SAYINGS = {
    "swallow": ("the host swallows the answer to the next sale", "主机将吞掉下一笔的应答"),
    "ledger": ("host ledger now: trace {stan:06d}, {amount}, {state}", "此刻主机账本：凭证号 {stan:06d}，{amount}，{state}"),
    "pulled": ("power cut: the screen is dark", "断电：屏幕熄灭"),
    "patience": (
        "the terminal waits {seconds} s for the answer (60 s in service)",
        "终端等待应答 {seconds} 秒（正式使用为 60 秒）",
    ),
    "wait": ("waiting for: {what}", "等待：{what}"),
    "agree": ("Terminal and host agree to the cent.", "终端与主机分文不差。"),
    "differ": ("Terminal and host do not agree:", "终端与主机不一致："),
    "pending": ("a reversal is still pending on the terminal", "终端仍有未完成的冲正"),
    "to": ("terminal → host", "终端 → 主机"),
    "from": ("host → terminal", "主机 → 终端"),
    "mac": ("MAC correct", "MAC 正确"),
    "bad-mac": ("MAC WRONG", "MAC 错误"),
    "hidden": ("{bytes} bytes: working keys, wrapped under the master key", "{bytes} 字节：工作密钥，由主密钥加密"),
    "took": ("{screens} screens, {messages} messages, {seconds:.0f} s", "{screens} 个画面，{messages} 条报文，{seconds:.0f} 秒"),
}
COLUMNS = (
    ("trace", "amount", "card", "terminal journal", "host ledger", ""),
    ("凭证号", "金额", "卡号", "终端流水", "主机账本", ""),
)
SUM = ("stands", "成立")
