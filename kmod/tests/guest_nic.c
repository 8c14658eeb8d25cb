// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest's tests need of ethtool.
 *
 *   guest_nic IFNAME driver | rings | channels | usecs | counter NAME
 *   guest_nic IFNAME set-rings RX TX | set-channels N | set-usecs N | join MAC | leave MAC
 *
 * Prints the value; exit 0, or 1 with the kernel's reason.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char *ifname;

static int ethtool(void *command)
{
	struct ifreq ifr = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	return fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static int driver(void)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int r = ethtool(&info);

	if (!r)
		printf("%s\n", info.driver);
	return r;
}

static int rings(char **set)
{
	struct ethtool_ringparam p = { .cmd = ETHTOOL_GRINGPARAM };
	int r = ethtool(&p);

	if (set && !r) {
		p.cmd = ETHTOOL_SRINGPARAM;
		p.rx_pending = (uint32_t)atoi(set[0]);
		p.tx_pending = (uint32_t)atoi(set[1]);
		return ethtool(&p);
	}
	if (!r)
		printf("%u %u\n", p.rx_pending, p.tx_pending);
	return r;
}

static int channels(const char *set)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };
	int r = ethtool(&c);

	if (set && !r) {
		c.cmd = ETHTOOL_SCHANNELS;
		c.combined_count = (uint32_t)atoi(set);
		return ethtool(&c);
	}
	if (!r)
		printf("%u\n", c.combined_count);
	return r;
}

static int usecs(const char *set)
{
	struct ethtool_coalesce c = { .cmd = ETHTOOL_GCOALESCE };
	int r = ethtool(&c);

	if (set && !r) {
		c.cmd = ETHTOOL_SCOALESCE;
		c.rx_coalesce_usecs = (uint32_t)atoi(set);
		return ethtool(&c);
	}
	if (!r)
		printf("%u\n", c.rx_coalesce_usecs);
	return r;
}

static int counter(const char *name)
{
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + 4096 * ETH_GSTRING_LEN);
	struct ethtool_stats *values = calloc(1, sizeof(*values) + 4096 * sizeof(uint64_t));
	uint32_t i;
	int r;

	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	values->cmd = ETHTOOL_GSTATS;
	r = ethtool(names);
	r = r ? r : ethtool(values);
	for (i = 0; !r && i < names->len && strcmp((char *)names->data + i * ETH_GSTRING_LEN, name); i++)
		;
	if (!r && i == names->len)
		r = -ENOENT;
	if (!r)
		printf("%llu\n", (unsigned long long)values->data[i]);
	free(names);
	free(values);
	return r;
}

static int group(const char *mac, unsigned long command)
{
	struct ifreq ifr = { 0 };
	unsigned int b[6];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6)
		return -EINVAL;
	for (i = 0; i < 6; i++)
		ifr.ifr_hwaddr.sa_data[i] = (char)b[i];
	return fd < 0 || ioctl(fd, command, &ifr) < 0 ? -errno : 0;
}

static int run(int n, char **a)
{
	if (!strcmp(a[0], "driver"))
		return driver();
	if (!strcmp(a[0], "rings"))
		return rings(NULL);
	if (!strcmp(a[0], "channels"))
		return channels(NULL);
	if (!strcmp(a[0], "usecs"))
		return usecs(NULL);
	if (!strcmp(a[0], "counter") && n == 2)
		return counter(a[1]);
	if (!strcmp(a[0], "set-rings") && n == 3)
		return rings(a + 1);
	if (!strcmp(a[0], "set-channels") && n == 2)
		return channels(a[1]);
	if (!strcmp(a[0], "set-usecs") && n == 2)
		return usecs(a[1]);
	if (!strcmp(a[0], "join") && n == 2)
		return group(a[1], SIOCADDMULTI);
	if (!strcmp(a[0], "leave") && n == 2)
		return group(a[1], SIOCDELMULTI);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	int r;

	if (argc < 3)
		return 2;
	ifname = argv[1];
	r = run(argc - 2, argv + 2);
	if (r)
		fprintf(stderr, "guest_nic %s %s: %s\n", ifname, argv[2], strerror(-r));
	return r ? 1 : 0;
}
