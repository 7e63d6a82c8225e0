#define MICROPY_HW_BOARD_NAME "TapTill on ESP32 without PSRAM"
#define MICROPY_HW_MCU_NAME "ESP32"

// None of these is used; Bluetooth's part of the memory is left to Wi-Fi and TLS, Ethernet's part of the slot to the firmware.
#define MICROPY_PY_BLUETOOTH (0)
#define MICROPY_PY_ESPNOW (0)
#define MICROPY_PY_NETWORK_LAN (0)
