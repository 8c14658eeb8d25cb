/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver uses of the Intel 82576's register model: offsets from BAR 0
 * and their bits, with the datasheet's names, and the descriptors' layout.
 */
#ifndef YKVM_ZC_REGS_H
#define YKVM_ZC_REGS_H

#include <linux/bits.h>
#include <linux/types.h>

/* General */
#define ZC_CTRL 0x00000
#define ZC_CTRL_MASTER_DISABLE BIT(2)
#define ZC_CTRL_SLU BIT(6)
#define ZC_CTRL_ILOS BIT(7)
#define ZC_CTRL_FRCSPD BIT(11)
#define ZC_CTRL_FRCDPX BIT(12)
#define ZC_CTRL_RST BIT(26)
#define ZC_CTRL_RFCE BIT(27)
#define ZC_CTRL_TFCE BIT(28)
#define ZC_CTRL_VME BIT(30)
#define ZC_STATUS 0x00008
#define ZC_STATUS_FD BIT(0)
#define ZC_STATUS_LU BIT(1)
#define ZC_STATUS_FUNC(s) ((s) >> 2 & 3)
#define ZC_STATUS_SPEED(s) ((s) >> 6 & 3) /* 10, 100, 1000, 1000 Mbit/s */
#define ZC_STATUS_MASTER_ENABLE BIT(19)
#define ZC_EECD 0x00010
#define ZC_EECD_AUTO_RD BIT(9)
#define ZC_CTRL_EXT 0x00018
#define ZC_CTRL_EXT_LINK_MODE (3U << 22)
#define ZC_CTRL_EXT_DRV_LOAD BIT(28)
#define ZC_MDIC 0x00020
#define ZC_MDIC_REG(r) ((u32)(r) << 16)
#define ZC_MDIC_PHY(p) ((u32)(p) << 21)
#define ZC_MDIC_WRITE BIT(26)
#define ZC_MDIC_READ BIT(27)
#define ZC_MDIC_READY BIT(28)
#define ZC_MDIC_ERROR BIT(30)
#define ZC_SWSM 0x05b50
#define ZC_SWSM_SMBI BIT(0)
#define ZC_SWSM_SWESMBI BIT(1)
#define ZC_SW_FW_SYNC 0x05b5c
#define ZC_SYNC_PHY(func) BIT(1 + (func)) /* the firmware's bit lies 16 higher */

/* Interrupts */
#define ZC_ICR 0x000c0
#define ZC_IMS 0x000d0
#define ZC_IMC 0x000d8
#define ZC_ICR_LSC BIT(2)
#define ZC_GPIE 0x01514
#define ZC_GPIE_NSICR BIT(0) /* reading ICR clears it */
#define ZC_GPIE_MSIX BIT(4)
#define ZC_GPIE_EIAME BIT(30) /* a message masks what EIAM says */
#define ZC_GPIE_PBA BIT(31)
#define ZC_EICS 0x01520
#define ZC_EIMS 0x01524
#define ZC_EIMC 0x01528
#define ZC_EIAC 0x0152c
#define ZC_EIAM 0x01530
#define ZC_EICR 0x01580
#define ZC_EITR(v) (0x01680 + 4 * (v))
#define ZC_EITR_USECS(us) ((u32)(us) << 2)
#define ZC_EITR_KEEP_COUNT BIT(31)
#define ZC_EITR_USECS_MAX 8191
#define ZC_IVAR(q) (0x01700 + 4 * (q)) /* queues 0 to 7: receive in bits 7:0, transmit in 15:8 */
#define ZC_IVAR_MISC 0x01740 /* other causes in bits 15:8 */
#define ZC_IVAR_VALID 0x80

/* Receive */
#define ZC_RCTL 0x00100
#define ZC_RCTL_EN BIT(1)
#define ZC_RCTL_UPE BIT(3)
#define ZC_RCTL_MPE BIT(4)
#define ZC_RCTL_LPE BIT(5)
#define ZC_RCTL_BAM BIT(15)
#define ZC_RCTL_SECRC BIT(26)
#define ZC_RDBAL(q) (0x0c000 + 0x40 * (q))
#define ZC_RDBAH(q) (0x0c004 + 0x40 * (q))
#define ZC_RDLEN(q) (0x0c008 + 0x40 * (q))
#define ZC_SRRCTL(q) (0x0c00c + 0x40 * (q))
#define ZC_SRRCTL_KBYTES(n) ((n) >> 10)
#define ZC_SRRCTL_ONE_BUFFER BIT(25)
#define ZC_SRRCTL_DROP_EN BIT(31)
#define ZC_RDH(q) (0x0c010 + 0x40 * (q))
#define ZC_RDT(q) (0x0c018 + 0x40 * (q))
#define ZC_RXDCTL(q) (0x0c028 + 0x40 * (q))
#define ZC_TXDCTL(q) (0x0e028 + 0x40 * (q))
#define ZC_XDCTL_THRESHOLDS(prefetch, host, write) ((prefetch) | (host) << 8 | (write) << 16)
#define ZC_XDCTL_ENABLE BIT(25)
#define ZC_RQDPC(q) (0x0c030 + 0x40 * (q))
#define ZC_RXCSUM 0x05000
#define ZC_RXCSUM_IPOFL BIT(8)
#define ZC_RXCSUM_TUOFL BIT(9)
#define ZC_RXCSUM_PCSD BIT(13) /* the descriptor has the hash instead of the checksum */
#define ZC_RLPML 0x05004
#define ZC_MTA(i) (0x05200 + 4 * (i))
#define ZC_MTA_WORDS 128
#define ZC_RAL(i) (0x05400 + 8 * (i))
#define ZC_RAH(i) (0x05404 + 8 * (i))
#define ZC_RAH_AV BIT(31)
#define ZC_RA_ENTRIES 16
#define ZC_MRQC 0x05818
#define ZC_MRQC_RSS 2
#define ZC_MRQC_TCP4 BIT(16)
#define ZC_MRQC_IP4 BIT(17)
#define ZC_MRQC_IP6 BIT(20)
#define ZC_MRQC_TCP6 BIT(21)
#define ZC_RETA(i) (0x05c00 + 4 * (i))
#define ZC_RETA_ENTRIES 128
#define ZC_RSSRK(i) (0x05c80 + 4 * (i))
#define ZC_RSS_KEY_WORDS 10

/* Transmit */
#define ZC_TCTL 0x00400
#define ZC_TCTL_EN BIT(1)
#define ZC_TCTL_PSP BIT(3)
#define ZC_TCTL_CT (15U << 4)
#define ZC_TCTL_RTLC BIT(24)
#define ZC_TDBAL(q) (0x0e000 + 0x40 * (q))
#define ZC_TDBAH(q) (0x0e004 + 0x40 * (q))
#define ZC_TDLEN(q) (0x0e008 + 0x40 * (q))
#define ZC_TDH(q) (0x0e010 + 0x40 * (q))
#define ZC_TDT(q) (0x0e018 + 0x40 * (q))

/* Statistics; reading clears */
#define ZC_CRCERRS 0x04000
#define ZC_MPC 0x04010
#define ZC_RLEC 0x04040
#define ZC_GPRC 0x04074
#define ZC_BPRC 0x04078
#define ZC_MPRC 0x0407c
#define ZC_GPTC 0x04080
#define ZC_RNBC 0x040a0
#define ZC_RUC 0x040a4
#define ZC_ROC 0x040ac
#define ZC_TPR 0x040d0
#define ZC_TPT 0x040d4

/* A receive descriptor: as it is given, and as it comes back. */
struct zc_rx_desc {
	union {
		__le64 address;
		struct {
			__le16 type; /* ZC_RXD_RSS_TYPE: of the hash, 0 = none */
			__le16 header;
			__le32 hash;
		};
	};
	union {
		__le64 not_done; /* 0 */
		struct {
			__le32 status; /* and errors; ZC_RXD_DD is written last */
			__le16 len;
			__le16 vlan;
		};
	};
};

#define ZC_RXD_RSS_TYPE 0xfU
#define ZC_RXD_DD BIT(0)
#define ZC_RXD_EOP BIT(1)
#define ZC_RXD_VP BIT(3)
#define ZC_RXD_UDPCS BIT(4)
#define ZC_RXD_L4CS BIT(5)
#define ZC_RXD_L4E BIT(29)
#define ZC_RXD_IPE BIT(30)
#define ZC_RXD_RXE BIT(31)

/* An advanced data descriptor for sending, given; done: bit 0 of options_status. */
struct zc_tx_desc {
	__le64 address;
	__le32 command_len;
	__le32 options_status;
};

#define ZC_TXD_DATA (3U << 20)
#define ZC_TXD_EOP BIT(24)
#define ZC_TXD_IFCS BIT(25)
#define ZC_TXD_RS BIT(27)
#define ZC_TXD_ADVANCED BIT(29)
#define ZC_TXD_PAYLOAD(n) ((u32)(n) << 14)
#define ZC_TXD_DD BIT(0)

#endif
