// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/util/clock.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"
#include "harness/util/number.h"

int netif_by_mac(const char *mac, char *name, struct err *e)
{
	DIR *d = opendir("/sys/class/net");
	char path[512], text[32];
	struct dirent *de;
	int r = -ENODEV;

	while (d && r && (de = readdir(d))) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/address", de->d_name);
		if (de->d_name[0] == '.' || file_get_line(path, text, sizeof(text)) < 0 || strcmp(text, mac))
			continue;
		snprintf(name, IFNAMSIZ, "%.15s", de->d_name);
		r = 0;
	}
	if (d)
		closedir(d);
	return r ? err_set(e, r, "no network interface has the address %s", mac) : 0;
}

static int netif_ioctl(unsigned long cmd, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, cmd, ifr) < 0)
		r = -errno;
	close(fd);
	return r;
}

void netif_mac(const char *ifname, uint8_t mac[6])
{
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	if (netif_ioctl(SIOCGIFHWADDR, &ifr))
		memset(mac, 0, 6);
	else
		memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
}

int netif_rename(const char *from, const char *to, struct err *e)
{
	struct ifreq ifr = { 0 };
	int r;

	strncpy(ifr.ifr_name, from, IFNAMSIZ - 1);
	strncpy(ifr.ifr_newname, to, IFNAMSIZ - 1);
	r = netif_ioctl(SIOCSIFNAME, &ifr);
	return r ? err_set(e, r, "%s: cannot rename to %s: %s", from, to, strerror(-r)) : 0;
}

int netif_flags(const char *ifname, int set, int clear, struct err *e)
{
	struct ifreq ifr = { 0 };
	int r;

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	r = netif_ioctl(SIOCGIFFLAGS, &ifr);
	if (!r) {
		ifr.ifr_flags = (ifr.ifr_flags | set) & ~clear;
		r = netif_ioctl(SIOCSIFFLAGS, &ifr);
	}
	return r ? err_set(e, r, "%s: cannot set flags: %s", ifname, strerror(-r)) : 0;
}

int netif_wait_carrier(const char *ifname, uint64_t timeout_ns, struct err *e)
{
	uint64_t end = clock_now_ns() + timeout_ns;
	char path[128], text[8];
	int r;

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", ifname);
	while ((r = file_get_line(path, text, sizeof(text))) < 0 || text[0] != '1') {
		if (r == -EMFILE || r == -ENFILE) /* waiting does not help */
			return err_set(e, r, "%s: %s", path, strerror(-r));
		if (clock_now_ns() > end)
			return err_set(e, -ETIMEDOUT, "%s: no carrier", ifname);
		usleep(10000);
	}
	return 0;
}

/* Does this line of /proc/interrupts belong to the interface? The last word is its action: NAME or NAME-TxRx-0. */
static int irq_line_is(const char *line, const char *ifname)
{
	const char *action = strrchr(line, ' ');
	size_t n = strlen(ifname);

	return action && !strncmp(action + 1, ifname, n) && (action[1 + n] == '\0' || action[1 + n] == '-');
}

/* The queue of this line's vector; 0 for a vector without a queue, such as the link's. */
static unsigned int irq_line_queue(const char *line)
{
	const char *number = strrchr(line, '-');

	return strrchr(line, ' ') < number ? strtoul(number + 1, NULL, 10) : 0;
}

static int irq_line_pin(const char *line, unsigned int cpu, struct err *e)
{
	char path[64], mask[16];
	int r;

	snprintf(mask, sizeof(mask), "%x", 1u << cpu);
	snprintf(path, sizeof(path), "/proc/irq/%lu/smp_affinity", strtoul(line, NULL, 10));
	r = file_put(path, mask);
	return r ? err_set(e, r, "%s: cannot pin to CPU %u: %s", path, cpu, strerror(-r)) : 0;
}

int netif_irq_pin(const char *ifname, unsigned int cpu, struct err *e)
{
	return netif_irq_spread(ifname, cpu, 1, e);
}

int netif_irq_spread(const char *ifname, unsigned int first, unsigned int cpus, struct err *e)
{
	char *text = file_slurp("/proc/interrupts", NULL), *save = NULL, *line;
	int n = 0, r = 0;

	if (!text)
		return err_sys(e, "/proc/interrupts");
	for (line = strtok_r(text, "\n", &save); line && !r; line = strtok_r(NULL, "\n", &save)) {
		if (!irq_line_is(line, ifname))
			continue;
		r = irq_line_pin(line, first + irq_line_queue(line) % cpus, e);
		n++;
	}
	free(text);
	return r ? r : n;
}

int netif_irq_cpu(const char *ifname)
{
	char *text = file_slurp("/proc/interrupts", NULL), *save = NULL, *line;
	char path[64], list[64];
	int cpu = -ENODEV, r;

	if (!text)
		return -errno;
	line = strtok_r(text, "\n", &save);
	while (line && !irq_line_is(line, ifname))
		line = strtok_r(NULL, "\n", &save);
	if (line) {
		snprintf(path, sizeof(path), "/proc/irq/%lu/smp_affinity_list", strtoul(line, NULL, 10));
		r = file_get_line(path, list, sizeof(list));
		cpu = r < 0 ? r : atoi(list);
	}
	free(text);
	return cpu;
}

static uint64_t irq_line_sum(const char *line)
{
	const char *p = strchr(line, ':');
	uint64_t sum = 0, v;
	char *end;

	while (p) {
		v = strtoull(p + 1, &end, 10);
		if (end == p + 1 || (*end != ' ' && *end != '\0'))
			break;
		sum += v;
		p = end;
	}
	return sum;
}

struct counter netif_irq_count(const char *ifname)
{
	char *text = file_slurp("/proc/interrupts", NULL), *save = NULL, *line;
	struct counter c = { 0 };

	if (!text)
		return c;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (irq_line_is(line, ifname))
			counter_add(&c, counter_of(irq_line_sum(line)));
	free(text);
	return c;
}

/* From "IRQ: COUNT COUNT ... WORDS", the count of this CPU; unknown if there are fewer counts. */
static struct counter irq_line_count(const char *line, unsigned int cpu)
{
	const char *p = strchr(line, ':');
	uint64_t v = 0;
	unsigned int i;
	char *end;

	for (i = 0; p && i <= cpu; i++) {
		v = strtoull(p + 1, &end, 10);
		if (end == p + 1 || (*end != ' ' && *end != '\0'))
			return (struct counter) { 0 };
		p = end;
	}
	return p ? counter_of(v) : (struct counter) { 0 };
}

void netif_irq_count_each(const char *ifname, unsigned int first, struct counter *each, unsigned int n)
{
	char *text = file_slurp("/proc/interrupts", NULL), *save = NULL, *line;
	unsigned int i;

	memset(each, 0, n * sizeof(*each));
	if (!text)
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		for (i = 0; irq_line_is(line, ifname) && i < n; i++)
			counter_add(&each[i], irq_line_count(line, first + i));
	free(text);
}

struct counter netif_stat(const char *ifname, const char *stat)
{
	char path[128], text[32];
	uint64_t v;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", ifname, stat);
	if (file_get_line(path, text, sizeof(text)) < 0 || number_parse(text, &v))
		return (struct counter) { 0 };
	return counter_of(v);
}

/* A line of /proc/net/route: "IFNAME DESTINATION GATEWAY FLAGS REFCNT USE METRIC MASK ...", all of it hexadecimal. */
static bool default_route_v4(const char *line, char name[IFNAMSIZ])
{
	unsigned int to, mask;

	return sscanf(line, "%15s %x %*x %*x %*u %*u %*u %x", name, &to, &mask) == 3 && !to && !mask;
}

/* Of /proc/net/ipv6_route: "DESTINATION LENGTH SOURCE LENGTH HOP METRIC REFCNT USE FLAGS IFNAME". */
static bool default_route_v6(const char *line, char name[IFNAMSIZ])
{
	unsigned int length;

	return sscanf(line, "%*32s %x %*s %*x %*s %*x %*x %*x %*x %15s", &length, name) == 2 && !length;
}

static bool default_route_in(const char *path, bool (*parse)(const char *, char *), const char *ifname)
{
	char *text = file_slurp(path, NULL), *save = NULL, *line, name[IFNAMSIZ];
	bool found = false;

	if (!text)
		return false;
	for (line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		found = parse(line, name) && !strcmp(name, ifname);
	free(text);
	return found;
}

bool netif_default_route(const char *ifname)
{
	return default_route_in("/proc/thread-self/net/route", default_route_v4, ifname) ||
	       (strcmp(ifname, "lo") && default_route_in("/proc/thread-self/net/ipv6_route", default_route_v6, ifname));
}
