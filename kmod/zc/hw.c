// SPDX-License-Identifier: GPL-2.0-only
/* The 82576 beside its queues: reset, address, PHY and link, filters, RSS. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/iopoll.h>
#include <linux/if_vlan.h>
#include <linux/mii.h>

#include "zc/zc.h"

#define PHY_ADDRESS 1
#define WAIT_US 10000

int zc_hw_wait(struct zc *z, u32 reg, u32 mask, u32 value)
{
	u32 v;

	return read_poll_timeout(zc_read, v, (v & mask) == value, 20, WAIT_US, false, z, reg);
}

/* The NIC must have no bus access under way when it is reset, or the bus may hang. */
static void stop_master(struct zc *z)
{
	zc_write(z, ZC_CTRL, zc_read(z, ZC_CTRL) | ZC_CTRL_MASTER_DISABLE);
	if (zc_hw_wait(z, ZC_STATUS, ZC_STATUS_MASTER_ENABLE, 0))
		dev_warn(&z->pdev->dev, "bus accesses do not come to an end\n");
}

int zc_hw_reset(struct zc *z)
{
	stop_master(z);
	zc_write(z, ZC_IMC, ~0U);
	zc_write(z, ZC_EIMC, ~0U);
	zc_write(z, ZC_RCTL, 0);
	zc_write(z, ZC_TCTL, ZC_TCTL_PSP);
	zc_read(z, ZC_STATUS);
	usleep_range(10000, 20000);
	zc_write(z, ZC_CTRL, zc_read(z, ZC_CTRL) | ZC_CTRL_RST);
	usleep_range(1000, 2000); /* no register may be touched for 1 us */
	if (zc_hw_wait(z, ZC_CTRL, ZC_CTRL_RST, 0)) {
		dev_err(&z->pdev->dev, "the NIC does not come out of its reset\n");
		return -EIO;
	}
	if (zc_hw_wait(z, ZC_EECD, ZC_EECD_AUTO_RD, ZC_EECD_AUTO_RD))
		dev_warn(&z->pdev->dev, "the NIC has not read its EEPROM\n");
	zc_write(z, ZC_IMC, ~0U);
	zc_write(z, ZC_EIMC, ~0U);
	zc_read(z, ZC_ICR);
	return 0;
}

void zc_hw_quiesce(struct zc *z)
{
	if (zc_hw_reset(z))
		pci_clear_master(z->pdev);
}

/* Of a device that is not there all bits read as 1. */
bool zc_hw_gone(struct zc *z)
{
	return pci_channel_offline(z->pdev) || zc_read(z, ZC_STATUS) == ~0U;
}

/* After a reset entry 0 is what the EEPROM says. */
int zc_hw_read_mac(struct zc *z, u8 mac[ETH_ALEN])
{
	u32 low = zc_read(z, ZC_RAL(0)), high = zc_read(z, ZC_RAH(0));
	int i;

	for (i = 0; i < ETH_ALEN; i++)
		mac[i] = i < 4 ? low >> 8 * i : high >> 8 * (i - 4);
	return is_valid_ether_addr(mac) ? 0 : -EADDRNOTAVAIL;
}

static void set_address(struct zc *z, u32 entry, const u8 *mac)
{
	u32 low = mac[0] | mac[1] << 8 | mac[2] << 16 | (u32)mac[3] << 24;

	zc_write(z, ZC_RAL(entry), low);
	zc_write(z, ZC_RAH(entry), mac[4] | mac[5] << 8 | ZC_RAH_AV);
}

void zc_hw_set_mac(struct zc *z, const u8 *mac)
{
	set_address(z, 0, mac);
}

static void semaphore_give(struct zc *z)
{
	zc_write(z, ZC_SWSM, zc_read(z, ZC_SWSM) & ~(ZC_SWSM_SMBI | ZC_SWSM_SWESMBI));
}

/*
 * Between this port's driver, the other port's (SMBI, which reading sets) and the firmware (SWESMBI, which can be set
 * only while the firmware does not have it). On failure nothing is held, nor was another's taken away.
 */
static int semaphore_take(struct zc *z)
{
	u32 v;

	if (read_poll_timeout(zc_read, v, !(v & ZC_SWSM_SMBI), 50, WAIT_US, false, z, ZC_SWSM))
		return -EBUSY;
	zc_write(z, ZC_SWSM, zc_read(z, ZC_SWSM) | ZC_SWSM_SWESMBI);
	if (!zc_hw_wait(z, ZC_SWSM, ZC_SWSM_SWESMBI, ZC_SWSM_SWESMBI))
		return 0;
	semaphore_give(z);
	return -EBUSY;
}

static u32 phy_bit(struct zc *z)
{
	return ZC_SYNC_PHY(ZC_STATUS_FUNC(zc_read(z, ZC_STATUS)));
}

static int phy_take(struct zc *z)
{
	u32 bit = phy_bit(z);
	int tries;

	for (tries = 0; tries < 200; tries++) {
		u32 sync;

		if (semaphore_take(z))
			return -EBUSY;
		sync = zc_read(z, ZC_SW_FW_SYNC);
		if (!(sync & (bit | bit << 16)))
			zc_write(z, ZC_SW_FW_SYNC, sync | bit);
		semaphore_give(z);
		if (!(sync & (bit | bit << 16)))
			return 0;
		usleep_range(5000, 6000);
	}
	return -EBUSY;
}

static void phy_give(struct zc *z)
{
	int tries;

	for (tries = 0; tries < 20; tries++)
		if (!semaphore_take(z)) {
			zc_write(z, ZC_SW_FW_SYNC, zc_read(z, ZC_SW_FW_SYNC) & ~phy_bit(z));
			semaphore_give(z);
			return;
		}
	netdev_err(z->dev, "the PHY cannot be given back to the firmware and the other port\n");
}

/* One access by MDIO: the register's value, or -EIO. */
static int phy_access(struct zc *z, u32 command)
{
	u32 v;

	zc_write(z, ZC_MDIC, command | ZC_MDIC_PHY(PHY_ADDRESS));
	if (read_poll_timeout(zc_read, v, v & ZC_MDIC_READY, 50, WAIT_US, false, z, ZC_MDIC) || v & ZC_MDIC_ERROR)
		return -EIO;
	return v & 0xffff;
}

static int phy_read(struct zc *z, u32 reg)
{
	return phy_access(z, ZC_MDIC_READ | ZC_MDIC_REG(reg));
}

static int phy_write(struct zc *z, u32 reg, u16 value)
{
	return phy_access(z, ZC_MDIC_WRITE | ZC_MDIC_REG(reg) | value);
}

/* All speeds, and no pause frames: a monitor that asks its senders to wait changes what it measures. */
static int phy_negotiate(struct zc *z)
{
	int advertise = phy_read(z, MII_ADVERTISE), control = phy_read(z, MII_BMCR);

	if (advertise < 0 || control < 0)
		return -EIO;
	advertise &= ~(ADVERTISE_PAUSE_CAP | ADVERTISE_PAUSE_ASYM);
	if (phy_write(z, MII_ADVERTISE, advertise | ADVERTISE_ALL) < 0)
		return -EIO;
	control &= ~(BMCR_PDOWN | BMCR_ISOLATE);
	return phy_write(z, MII_BMCR, control | BMCR_ANENABLE | BMCR_ANRESTART) < 0 ? -EIO : 0;
}

int zc_hw_start_link(struct zc *z)
{
	u32 ctrl = zc_read(z, ZC_CTRL);
	int ret;

	ctrl &= ~(ZC_CTRL_MASTER_DISABLE | ZC_CTRL_ILOS | ZC_CTRL_FRCSPD | ZC_CTRL_FRCDPX | ZC_CTRL_RFCE |
		  ZC_CTRL_TFCE);
	zc_write(z, ZC_CTRL, ctrl | ZC_CTRL_SLU);
	ret = phy_take(z);
	if (!ret) {
		ret = phy_negotiate(z);
		phy_give(z);
	}
	if (ret)
		netdev_err(z->dev, "the PHY does not answer\n");
	return ret;
}

/* A fixed key, so that equal traffic takes equal ways after every boot: the one of the RSS specification's examples. */
static const u32 rss_key[ZC_RSS_KEY_WORDS] = {
	0xda565a6d, 0xc20e5b25, 0x3d256741, 0xb08fa343, 0xcb2bcad0,
	0xb4307bae, 0xa32dcb77, 0x0cf23080, 0x3bb7426a, 0xfa01acbe,
};

/* The hash goes to the queues in equal parts. */
static void configure_rss(struct zc *z)
{
	u32 i;

	for (i = 0; i < ZC_RSS_KEY_WORDS; i++)
		zc_write(z, ZC_RSSRK(i), rss_key[i]);
	for (i = 0; i < ZC_RETA_ENTRIES; i += 4) {
		u32 entries = 0, k;

		for (k = 0; k < 4; k++)
			entries |= (i + k) * z->n_queues / ZC_RETA_ENTRIES << 8 * k;
		zc_write(z, ZC_RETA(i / 4), entries);
	}
	zc_write(z, ZC_MRQC, ZC_MRQC_RSS | ZC_MRQC_IP4 | ZC_MRQC_TCP4 | ZC_MRQC_IP6 | ZC_MRQC_TCP6);
}

void zc_hw_max_frame(struct zc *z)
{
	zc_write(z, ZC_RLPML, z->dev->mtu + ETH_HLEN + VLAN_HLEN + ETH_FCS_LEN);
}

void zc_hw_strip_vlan(struct zc *z, bool strip)
{
	u32 ctrl = zc_read(z, ZC_CTRL);

	zc_write(z, ZC_CTRL, strip ? ctrl | ZC_CTRL_VME : ctrl & ~ZC_CTRL_VME);
}

/* The last of what starts the NIC: from here on it receives and sends. */
void zc_hw_configure(struct zc *z)
{
	zc_hw_max_frame(z);
	zc_hw_strip_vlan(z, z->dev->features & NETIF_F_HW_VLAN_CTAG_RX);
	zc_write(z, ZC_RXCSUM, ZC_RXCSUM_IPOFL | ZC_RXCSUM_TUOFL | ZC_RXCSUM_PCSD);
	configure_rss(z);
	zc_hw_set_mac(z, z->dev->dev_addr);
	netif_addr_lock_bh(z->dev);
	zc_hw_filter(z);
	netif_addr_unlock_bh(z->dev);
	zc_write(z, ZC_TCTL, ZC_TCTL_EN | ZC_TCTL_PSP | ZC_TCTL_CT | ZC_TCTL_RTLC);
}

static bool filter_unicast(struct zc *z)
{
	struct netdev_hw_addr *a;
	u32 i = 1;

	if (netdev_uc_count(z->dev) > ZC_RA_ENTRIES - 1)
		return false;
	netdev_for_each_uc_addr (a, z->dev)
		set_address(z, i++, a->addr);
	for (; i < ZC_RA_ENTRIES; i++) {
		zc_write(z, ZC_RAL(i), 0);
		zc_write(z, ZC_RAH(i), 0);
	}
	return true;
}

/* A table of 4096 bits, by the last 12 bits of the address. */
static void filter_multicast(struct zc *z)
{
	u32 table[ZC_MTA_WORDS] = { 0 };
	struct netdev_hw_addr *a;
	u32 i;

	netdev_for_each_mc_addr (a, z->dev) {
		u32 hash = (a->addr[4] >> 4 | a->addr[5] << 4) & 0xfff;

		table[hash >> 5] |= BIT(hash & 31);
	}
	for (i = 0; i < ZC_MTA_WORDS; i++)
		zc_write(z, ZC_MTA(i), table[i]);
}

/* Under the netdev's address lock. */
void zc_hw_filter(struct zc *z)
{
	u32 rctl = ZC_RCTL_EN | ZC_RCTL_LPE | ZC_RCTL_BAM | ZC_RCTL_SECRC;

	if (z->dev->flags & IFF_PROMISC)
		rctl |= ZC_RCTL_UPE | ZC_RCTL_MPE;
	if (z->dev->flags & IFF_ALLMULTI)
		rctl |= ZC_RCTL_MPE;
	if (!filter_unicast(z))
		rctl |= ZC_RCTL_UPE;
	filter_multicast(z);
	zc_write(z, ZC_RCTL, rctl);
}
