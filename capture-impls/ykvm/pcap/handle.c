// SPDX-License-Identifier: GPL-2.0-or-later
/* A device of ours: its life up to pcap_activate(), and its end. */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/ykvm/pcap/handle.h"

#define SLOTS_DEFAULT 4096 /* 8 MiB: a slot takes 2 KiB however short its frame */
#define WAKE_SHARE 4 /* of the ring: so much wakes a sleeper before the timeout does */

static struct handle *_Atomic handles;
static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;

/* Without the lock: a signal handler may ask. */
struct handle *handle_of(const pcap_t *p)
{
	struct handle *h = atomic_load(&handles);

	while (h && h->pcap != p)
		h = atomic_load(&h->next);
	return h;
}

static void handle_list(struct handle *h)
{
	pthread_mutex_lock(&handles_lock);
	atomic_store(&h->next, atomic_load(&handles));
	atomic_store(&handles, h);
	pthread_mutex_unlock(&handles_lock);
}

static void handle_unlist(struct handle *h)
{
	struct handle *_Atomic *at = &handles;

	pthread_mutex_lock(&handles_lock);
	while (atomic_load(at) && atomic_load(at) != h)
		at = &atomic_load(at)->next;
	if (atomic_load(at))
		atomic_store(at, atomic_load(&h->next));
	pthread_mutex_unlock(&handles_lock);
}

struct handle *handle_new(const struct library *lib, const char *name, const struct device *device, char *errbuf)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (h) {
		*h = (struct handle) { .lib = lib, .side = -1, .wake = -1, .device = *device };
		h->name = strdup(name);
		h->scratch = malloc(HANDLE_SNAPLEN_MAX);
		h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		h->pcap = lib->pcap_open_dead(DLT_EN10MB, HANDLE_SNAPLEN_MAX);
	}
	if (!h || !h->name || !h->scratch || h->wake < 0 || !h->pcap) {
		snprintf(errbuf, PCAP_ERRBUF_SIZE, "%s: no memory", name);
		handle_free(h);
		return NULL;
	}
	h->device.ifname = h->name + (device->ifname - name);
	handle_list(h);
	return h;
}

/* What handle_activate() made. */
static void deactivate(struct handle *h)
{
	ykvm_close(h->ring);
	if (h->side >= 0)
		close(h->side);
	if (h->dead)
		h->lib->pcap_close(h->dead);
	h->ring = NULL;
	h->side = -1;
	h->dead = NULL;
}

void handle_free(struct handle *h)
{
	if (!h)
		return;
	handle_unlist(h);
	deactivate(h);
	if (h->wake >= 0)
		close(h->wake);
	if (h->pcap)
		h->lib->pcap_close(h->pcap);
	free(h->name);
	free(h->scratch);
	free(h);
}

static uint64_t if_counter(const struct handle *h, const char *name)
{
	unsigned long long n = 0;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", h->device.ifname, name);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%llu", &n) != 1)
			n = 0;
		fclose(f);
	}
	return n;
}

/* The counters that libpcap adds up for ps_ifdrop. */
uint64_t handle_if_drops(const struct handle *h)
{
	return if_counter(h, "rx_missed_errors") + if_counter(h, "rx_fifo_errors");
}

int handle_said(struct handle *h, int ret, const char *what)
{
	snprintf(h->err, sizeof(h->err), "%s", what);
	return ret;
}

static int fail(struct handle *h, int code, const char *what)
{
	snprintf(h->err, sizeof(h->err), "%s: %s", h->name, what);
	return code;
}

/*
 * Beside the ring, a packet socket of no protocol: nothing reaches it. It keeps
 * the interface promiscuous, and has the kernel stamp frames as they come in,
 * where libpcap's are stamped too; both end with it, however the program ends.
 */
static int open_side(struct handle *h)
{
	struct packet_mreq promisc = { .mr_ifindex = (int)if_nametoindex(h->device.ifname),
				       .mr_type = PACKET_MR_PROMISC };
	int on = 1;

	if (promisc.mr_ifindex == 0)
		return fail(h, PCAP_ERROR_NO_SUCH_DEVICE, "No such device exists");
	h->side = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (h->side < 0)
		return fail(h, errno == EPERM ? PCAP_ERROR_PERM_DENIED : PCAP_ERROR, strerror(errno));
	if (setsockopt(h->side, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    (h->promisc && setsockopt(h->side, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof(promisc))))
		return fail(h, PCAP_ERROR, strerror(errno));
	return 0;
}

static uint32_t slots_of(const struct handle *h)
{
	uint32_t wanted = (uint32_t)h->buffer_bytes / YKVM_BUFFER_BYTES_DEFAULT, slots = YKVM_SLOTS_MIN;

	if (h->buffer_bytes <= 0)
		return SLOTS_DEFAULT;
	while (slots < wanted && slots < YKVM_SLOTS_MAX)
		slots *= 2;
	return slots;
}

static struct ykvm_config config_of(const struct handle *h)
{
	struct ykvm_config cfg = {
		.interface = h->device.ifname,
		.slots = slots_of(h),
		.snaplen = (uint32_t)h->snaplen,
		.drop_newest = true,
		.stamp = true,
		.tap = h->device.tap,
		.zerocopy = h->device.zerocopy,
	};

	if (!h->immediate && h->timeout_ms > 0) {
		cfg.wake_frames = cfg.slots / WAKE_SHARE;
		cfg.wake_usecs = (uint32_t)h->timeout_ms * 1000;
	}
	if (cfg.wake_usecs > YKVM_USECS_MAX)
		cfg.wake_usecs = YKVM_USECS_MAX;
	return cfg;
}

static int error_of(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return PCAP_ERROR_PERM_DENIED;
	case ENODEV:
		return PCAP_ERROR_NO_SUCH_DEVICE;
	case ENETDOWN:
		return PCAP_ERROR_IFACE_NOT_UP;
	default:
		return PCAP_ERROR;
	}
}

/* What libpcap has for some interfaces, and this device never. */
static int refuse_settings(struct handle *h)
{
	if (h->rfmon)
		return fail(h, PCAP_ERROR_RFMON_NOTSUP, "That device doesn't support monitor mode");
	if (h->protocol != 0 && h->protocol != ETH_P_ALL)
		return fail(h, PCAP_ERROR, "this device has the frames of all protocols; set a filter instead");
	return 0;
}

static int activate(struct handle *h)
{
	struct ykvm_config cfg;
	char why[YKVM_ERR_BYTES];
	int ret;

	/* As libpcap takes it: none means all. */
	if (h->snaplen <= 0 || h->snaplen > HANDLE_SNAPLEN_MAX)
		h->snaplen = HANDLE_SNAPLEN_MAX;
	cfg = config_of(h);
	h->dead = h->lib->pcap_open_dead_with_tstamp_precision(DLT_EN10MB, h->snaplen, (u_int)h->precision);
	if (!h->dead)
		return fail(h, PCAP_ERROR, "no memory");
	ret = open_side(h);
	if (ret != 0)
		return ret;
	h->if_drops = handle_if_drops(h);
	h->ring = ykvm_open(&cfg, why);
	return h->ring ? 0 : fail(h, error_of(errno), why);
}

int handle_activate(struct handle *h)
{
	int ret = h->ring ? handle_said(h, PCAP_ERROR_ACTIVATED, HANDLE_ACTIVATED) : refuse_settings(h);

	if (ret != 0)
		return ret;
	ret = activate(h);
	if (ret != 0)
		deactivate(h);
	return ret;
}
