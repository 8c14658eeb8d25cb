// SPDX-License-Identifier: GPL-2.0-only
/* See guest_fuzz.h: what is asked of ykvm-zc by way of its interface. */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest.h"
#include "kmod/tests/guest_fuzz.h"

static void ethtool(const char *name, void *command)
{
	struct ifreq r = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(r.ifr_name, IFNAMSIZ, "%s", name);
	ioctl(fd, SIOCETHTOOL, &r);
	close(fd);
}

/* What is set is what was got, with a value over a part of it. */
static void get_and_set(const struct fuzz_call *c, const char *name)
{
	static const uint32_t get[] = { ETHTOOL_GRINGPARAM, ETHTOOL_GCHANNELS, ETHTOOL_GCOALESCE };
	static const uint32_t set[] = { ETHTOOL_SRINGPARAM, ETHTOOL_SCHANNELS, ETHTOOL_SCOALESCE };
	static const uint32_t small[] = { 64, 128, 512, 4096, 1, 2, 3, 0 };
	uint32_t words[64] = { 0 };
	size_t which = (c->how >> 4) % 3;

	words[0] = get[which];
	ethtool(name, words);
	words[0] = set[which];
	words[1 + c->at % 10] = c->how & 8 ? small[c->value % 8] : (uint32_t)c->value;
	ethtool(name, words);
}

static void look(const struct fuzz_call *c, const char *name)
{
	static const uint32_t all[] = { ETHTOOL_GDRVINFO, ETHTOOL_GSET,	    ETHTOOL_GLINK,
					ETHTOOL_GSTATS,	  ETHTOOL_GSTRINGS, ETHTOOL_GLINKSETTINGS };
	uint32_t words[4096] = { all[c->value % 6] };

	words[1] = words[0] == ETHTOOL_GSTRINGS ? ETH_SS_STATS : c->at % 128;
	ethtool(name, words);
}

void fuzz_nic(const struct fuzz_call *c, const char *name)
{
	switch (c->how >> 4 & 7) {
	case 0:
	case 1:
	case 2:
		get_and_set(c, name);
		break;
	case 3:
		guest_link_mtu(name, c->how & 8 ? 68 + (int)(c->value % 9000) : (int)c->value);
		break;
	case 4:
		guest_link_up(name, c->value & 1);
		break;
	default:
		look(c, name);
	}
}
