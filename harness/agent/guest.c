// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/agent/guest.h"
#include "harness/record/lab_protocol.h"
#include "harness/util/clock.h"
#include "harness/util/ethtool.h"
#include "harness/util/ethtool_rss.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"

#define MODULES_DIR "/modules/"
#define MODULES_ORDER MODULES_DIR "order" /* one file name a line */
#define WARM_FRAMES 200
#define IRQS_BEGIN_AT "/proc/irq/default_smp_affinity"
#define WARM_PPS 20000
#define WARM_FLOWS "64" /* so that every queue gets some */
#define CARRIER_NS 10000000000ULL

static int mount_all(struct err *e)
{
	static const struct {
		const char *type, *where;
	} mounts[] = { { "proc", "/proc" }, { "sysfs", "/sys" }, { "devtmpfs", "/dev" }, { "tmpfs", "/tmp" } };
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) && errno != EBUSY)
			return err_sys(e, "cannot mount %s", mounts[i].where);
	}
	return 0;
}

static int load_module(const char *name, struct err *e)
{
	char path[256];
	int fd, r;

	snprintf(path, sizeof(path), MODULES_DIR "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "%s", path);
	r = syscall(SYS_finit_module, fd, "", 0) ? err_sys(e, "%s", path) : 0;
	close(fd);
	return r;
}

static int load_modules(struct err *e)
{
	char *text = file_slurp(MODULES_ORDER, NULL), *save = NULL, *name;
	int r = 0;

	if (!text)
		return err_sys(e, MODULES_ORDER);
	for (name = strtok_r(text, "\n", &save); name && !r; name = strtok_r(NULL, "\n", &save))
		r = load_module(name, e);
	free(text);
	return r;
}

unsigned int guest_option(const char *name, unsigned int fallback)
{
	char text[2048], key[64];
	const char *at;

	snprintf(key, sizeof(key), "rxlab.%s=", name);
	if (file_get("/proc/cmdline", text, sizeof(text)) < 0)
		return fallback;
	at = strstr(text, key);
	return at ? strtoul(at + strlen(key), NULL, 10) : fallback;
}

/*
 * Where vectors are from their first interrupt. Pinned later they would be
 * elsewhere for one more, and that of the link is where the driver's watchdog
 * stays, which waits 300 us for the PHY every two seconds: the DUT's work
 * would be the sender's.
 */
static int irqs_begin_at(unsigned int cpu, struct err *e)
{
	char mask[16];
	int r;

	snprintf(mask, sizeof(mask), "%x", 1U << cpu);
	r = file_put(IRQS_BEGIN_AT, mask);
	return r ? err_set(e, r, "%s: cannot write %s", IRQS_BEGIN_AT, mask) : 0;
}

/*
 * So many queue pairs, each with a ring and a CPU of its own; of one interrupt CPU nothing else is asked. Before the
 * interface is up: a driver that is told later begins anew. Flows of UDP differ by their ports.
 */
static int queues_up(unsigned int channels, unsigned int cpus, struct err *e)
{
	int r = ethtool_set(LAB_DUT, ETHTOOL_CHANNELS, channels, e);

	return r || cpus == 1 ? r : ethtool_rss_udp_ports(LAB_DUT, e);
}

/* Vectors are pinned once the interface is up and has them: those of queue k to CPU cpu + k. */
static int netif_up(const char *mac, const char *name, unsigned int cpu, unsigned int cpus, int flags, struct err *e)
{
	char old[IFNAMSIZ];
	int r = netif_by_mac(mac, old, e);

	r = r ? r : netif_rename(old, name, e);
	if (!r && !strcmp(name, LAB_DUT))
		r = queues_up(guest_option("channels", 1), cpus, e);
	r = r ? r : irqs_begin_at(cpu, e);
	r = r ? r : netif_flags(name, IFF_UP | flags, 0, e);
	r = r ? r : netif_wait_carrier(name, CARRIER_NS, e);
	if (!r)
		r = netif_irq_spread(name, cpu, cpus, e);
	return r < 0 ? r : 0;
}

static int interfaces_up(struct site *site, struct err *e)
{
	static const char *const macs[] = { LAB_MAC_SENDER0, LAB_MAC_SENDER1 };
	static const char *const names[] = { LAB_SENDER0, LAB_SENDER1 };
	uint32_t k;
	int r = 0;

	site->dut = LAB_DUT;
	site->interrupt_cpus = guest_option("interrupt_cpus", 1);
	memcpy(site->reader_cpu, (uint32_t[]) { 0, LAB_CPU_DUT, LAB_CPU_DUT + site->interrupt_cpus },
	       sizeof(site->reader_cpu));
	site->senders.senders = guest_option("senders", 1);
	for (k = 0; k < site->senders.senders && !r; k++) {
		site->senders.ifname[k] = names[k];
		site->senders.cpu[k] = k ? guest_option("sender1_cpu", 2) : LAB_CPU_SENDER0;
		r = netif_up(macs[k], names[k], site->senders.cpu[k], 1, 0, e);
	}
	/* A monitor sees frames that are meant for others: nobody here has this address. */
	memcpy(site->senders.dst_mac, (uint8_t[]) { 2, 0, 0, 0, 0, 0x99 }, 6);
	return r ? r : netif_up(LAB_MAC_DUT, LAB_DUT, LAB_CPU_DUT, site->interrupt_cpus, IFF_PROMISC, e);
}

/*
 * An interrupt's new affinity takes effect when it next fires: let every
 * vector fire, with a small trial of no capture.
 */
static int warm_up(const struct site *site, struct err *e)
{
	struct outcome *o = calloc(1, sizeof(*o));
	struct trial t;
	int r = 0;

	if (!o)
		return err_set(e, -ENOMEM, "no memory");
	trial_init(&t);
	strcpy(t.capture, "null");
	t.senders = site->senders.senders;
	t.count = WARM_FRAMES * t.senders;
	t.rate_pps = WARM_PPS * t.senders;
	if (site->interrupt_cpus > 1)
		r = trial_set(&t, GENERATOR_PREFIX "flows", WARM_FLOWS, e);
	outcome_init(o);
	if (!r)
		trial_run(&t, site, o);
	if (!r && o->status != TRIAL_OK)
		r = err_set(e, -EIO, "warm-up: %s", o->reason);
	free(o);
	return r;
}

/*
 * The first reader of the kernel's random numbers waits for about a second of
 * jitter to be collected, CPU busy: here, before the snapshot, not in each trial.
 */
static int random_up(struct err *e)
{
	char byte;

	return getrandom(&byte, 1, 0) == 1 ? 0 : err_sys(e, "getrandom");
}

int guest_up(struct site *site, struct err *e)
{
	int r = mount_all(e);

	r = r ? r : random_up(e);
	clock_map_begin(&site->clock);
	r = r ? r : load_modules(e);
	r = r ? r : interfaces_up(site, e);
	return r ? r : warm_up(site, e);
}

static bool asked_fates, asked_code;

static void tell(const struct sink *s)
{
	if (asked_fates)
		guest_seen(s);
	if (asked_code)
		guest_modules_tell();
}

int guest_text(char text[LAB_FWCFG_BYTES + 1], struct site *site, struct err *e)
{
	int n = file_get("/sys/firmware/qemu_fw_cfg/by_name/" LAB_FWCFG_NAME "/raw", text, LAB_FWCFG_BYTES + 1);

	if (n != LAB_FWCFG_BYTES)
		return err_set(e, n < 0 ? n : -EPROTO, "fw_cfg: %d of %d bytes", n, LAB_FWCFG_BYTES);
	asked_fates = text[LAB_FWCFG_ASKED + LAB_ASKED_FATES] == '1';
	asked_code = text[LAB_FWCFG_ASKED + LAB_ASKED_CODE] == '1';
	/* Always, without a branch on what is asked: one more instruction before the trial would make it another trial. */
	site->report_sink = tell;
	n = LAB_FWCFG_ASKED;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	return 0;
}

/* Functions whose place the instruments outside need: the idle loop, and the DUT's NAPI poll. */
static const char *const symbol_names[] = {
	"do_idle",
	"cpu_startup_entry",
	"default_idle",
	"default_idle_call",
	"default_enter_idle",
	"arch_cpu_idle",
	"arch_cpu_idle_enter",
	"arch_cpu_idle_exit",
	"cpuidle_enter",
	"cpuidle_enter_state",
	"cpuidle_select",
	"cpuidle_reflect",
	"haltpoll_enter_idle",
	"tick_nohz_idle_enter",
	"tick_nohz_idle_exit",
	"tick_nohz_idle_stop_tick",
	"tick_nohz_idle_got_tick",
	"tick_nohz_idle_restart_tick",
	"tick_nohz_stop_idle",
	"tick_nohz_next_event",
	"tick_nohz_get_sleep_length",
	LAB_CALL_SYMBOLS,
	LAB_WAIT_KERNEL_SYMBOLS,
};

#define CODE_MAX 64 /* bytes of our own function, at most */

/* The name of "ADDRESS TYPE NAME[\t[module]]" if it is wanted, else NULL. */
static const char *symbol_wanted(const char *rest)
{
	size_t i, n;

	rest += rest[0] == ' ' && rest[1] && rest[2] == ' ' ? 3 : 0;
	n = strcspn(rest, "\t\n");
	for (i = 0; i < sizeof(symbol_names) / sizeof(symbol_names[0]); i++)
		if (strlen(symbol_names[i]) == n && !memcmp(symbol_names[i], rest, n))
			return symbol_names[i];
	return NULL;
}

/* The lowest address above start that any symbol has. */
static unsigned long symbol_end(const char *text, unsigned long start)
{
	unsigned long a, end = -1UL;
	const char *line;

	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		a = strtoul(line, NULL, 16);
		if (a > start && a < end)
			end = a;
	}
	return end;
}

void guest_symbols(void)
{
	char *text = file_slurp("/proc/kallsyms", NULL);
	const char *line, *name;
	unsigned long a;
	char *rest;

	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		a = strtoul(line, &rest, 16);
		name = symbol_wanted(rest);
		if (name)
			printf(LAB_LINE_SYMBOL "%s %lx %lx\n", name, a, symbol_end(text, a));
	}
	a = (unsigned long)clock_wait_until;
	printf(LAB_LINE_SYMBOL LAB_WAIT_AGENT_SYMBOL " %lx %lx\n", a, a + CODE_MAX);
	free(text);
}
