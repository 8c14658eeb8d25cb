// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netns: a trial on this machine's own kernel, at its own speed. The process of the trial makes two network namespaces
 * and a pair of virtual Ethernet interfaces between them. None has a name or mount that others see: this process
 * alone holds it all, so it vanishes when the process ends, however that happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "harness/record/settings.h"
#include "harness/util/clock.h"
#include "harness/testbeds/netns/placement.h"
#include "harness/testbeds/sender_check.h"
#include "harness/testbeds/netns/limits.h"
#include "harness/testbeds/netns/netns.h"
#include "harness/testbeds/netns/netns_link.h"
#include "harness/testbeds/testbed.h"
#include "harness/trial/trial_run.h"
#include "harness/util/ethtool.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"
#include "harness/util/sha256.h"

#define CARRIER_NS 2000000000ULL
#define NICE (-20) /* sender and reader run before other programs; a busy machine is still detected */
#define CLOCK_US 100000 /* for the clock map: 100 ms make it exact to about a millionth */
#define CPUINFO_MAX 4096

/* Open files of the two namespaces in which a trial's threads run. */
static struct {
	int dut, senders;
} spaces = { -1, -1 };

static int space_open(struct err *e)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "/proc/thread-self/ns/net") : fd;
}

static int space_make(int *fd, struct err *e)
{
	if (unshare(CLONE_NEWNET))
		return err_sys(e, "cannot make a network namespace");
	*fd = space_open(e);
	return *fd < 0 ? *fd : 0;
}

int netns_enter(enum side side, struct err *e)
{
	return setns(side == SIDE_SENDERS ? spaces.senders : spaces.dut, CLONE_NEWNET)
		       ? err_sys(e, "cannot change namespaces")
		       : 0;
}

/* /sys shows the interfaces of the namespace that mounted it: mount our own, invisible to others. */
static int own_sysfs(struct err *e)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_sys(e, "cannot make a mount namespace");
	return mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ? err_sys(e, "cannot mount /sys")
										       : 0;
}

/* Prevents unasked frames: no address, no ARP, no IPv6 (if the kernel has IPv6). */
static int end_up(const char *name, int flags, struct err *e)
{
	static const char *const off[] = { "all", "default" };
	char path[64];
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(off) / sizeof(off[0]) && !r; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", off[i]);
		r = file_put(path, "1");
		r = r == -ENOENT ? 0 : r;
	}
	if (r)
		return err_set(e, r, "%s: %s", path, strerror(-r));
	return netif_flags(name, IFF_UP | IFF_NOARP | flags, 0, e);
}

/*
 * GRO gives a veth a ring and a NAPI poll, like a NIC: frames lost there are counted at that interface. The kernel
 * bypasses both for senders with TCP segmentation offload, so that is off at the sender's end.
 */
static int links_up(struct err *e)
{
	static const struct veth_end dut = { NETNS_DUT, { 2, 0, 0, 0, 0, 2 } },
				     sender = { NETNS_SENDER, { 2, 0, 0, 0, 0, 0 } };
	int r = veth_make(&dut, &sender, spaces.senders, e);

	r = r ? r : ethtool_set(NETNS_DUT, ETHTOOL_GRO, 1, e);
	r = r ? r : end_up(NETNS_DUT, IFF_PROMISC, e);
	r = r ? r : netns_enter(SIDE_SENDERS, e);
	r = r ? r : ethtool_set(NETNS_SENDER, ETHTOOL_TSO, 0, e);
	r = r ? r : end_up(NETNS_SENDER, 0, e);
	r = r ? r : netns_enter(SIDE_DUT, e);
	return r ? r : netif_wait_carrier(NETNS_DUT, CARRIER_NS, e);
}

int netns_up(struct err *e)
{
	int r = space_make(&spaces.senders, e);

	r = r ? r : space_make(&spaces.dut, e);
	r = r ? r : own_sysfs(e);
	return r ? r : links_up(e);
}

static uint32_t cpus_allowed(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : (uint32_t)CPU_COUNT(&set);
}

/*
 * The sender first, and with it the DUT's NAPI: a veth has no interrupts; its poll runs on the sending CPU. Then
 * the reader; then the second sender.
 */
static int place(struct site *site, const struct trial *t, struct placement *p, struct err *e)
{
	uint32_t k;
	int r = placement_here(p, e);

	if (r)
		return r;
	if (t->reader_cpu >= p->n && t->reader_cpu > 1)
		return err_set(e, -EINVAL, "reader_cpu %u: there are %u CPUs, by affinity or " PLACEMENT_VARIABLE,
			       t->reader_cpu, p->n);
	for (k = 0; k < 3; k++)
		site->reader_cpu[k] = p->cpu[k % p->n];
	site->senders.senders = t->senders;
	for (k = 0; k < t->senders; k++) {
		site->senders.ifname[k] = NETNS_SENDER;
		site->senders.cpu[k] = placement_sender(p, t->reader_cpu, k);
	}
	/* A monitor sees frames meant for others, so this is nobody's address here. */
	memcpy(site->senders.dst_mac, (uint8_t[]) { 2, 0, 0, 0, 0, 0x99 }, sizeof(site->senders.dst_mac));
	return 0;
}

static void no_mark(unsigned int k)
{
	(void)k;
}

/*
 * A veth counts a frame that an XDP program could not hand on as dropped, and so does the capture whose ring was full:
 * one loss, and the capture's. A frame of XDP that found the veth's own ring full is counted at both ends, and by some
 * of its ways twice at the DUT's: where an XDP program takes it too, the DUT's count says nothing.
 */
static struct counter lost_in_veth(const struct trial *t, const struct outcome *o, struct counter dropped,
				   struct counter ring_full)
{
	const struct capture_ops *ops = capture_lowest(capture_find(t->capture), t);
	bool takes = ops->caps & CAPTURE_TAKES_FRAMES;

	if (generator_find(t->generator)->caps & GENERATOR_XDP)
		return takes ? counter_unknown() : lost_between(dropped, ring_full);
	if (!takes || !dropped.known || !o->capture.own_dropped.known)
		return dropped;
	return counter_of(dropped.value > o->capture.own_dropped.value ? dropped.value - o->capture.own_dropped.value
								       : 0);
}

/*
 * The pair was made for this trial, so it counts only the trial. What the sender's end dropped found the DUT's ring
 * full. softnet_stat and the interrupts count the whole machine, with other traffic: unknown.
 */
static void count_links(const struct trial *t, struct outcome *o, struct err *e)
{
	struct veth_counts dut, sender = { 0 };

	veth_count(NETNS_DUT, &dut);
	if (!netns_enter(SIDE_SENDERS, e))
		veth_count(NETNS_SENDER, &sender);
	netns_enter(SIDE_DUT, e);
	o->nic.accepted = sender.tx_packets;
	o->drops[DROP_NIC_NO_DESCRIPTOR] = sender.tx_dropped;
	if (sender.tx_packets.known)
		o->nic.wire = counter_of(sender.tx_packets.value + sender.tx_dropped.value);
	o->nic.driver = dut.rx_packets;
	o->drops[DROP_NIC_OTHER] = lost_in_veth(t, o, dut.rx_dropped, sender.tx_dropped);
	if (trial_get(t, FILTER_KEY) && !o->drops[DROP_FILTER].known)
		o->drops[DROP_FILTER] = rejected_of(t, o, o->nic.driver);
	o->drops[DROP_SOFTNET] = (struct counter) { 0 };
	o->irq.hard = (struct counter) { 0 };
}

static void placed_knobs(const struct site *site, const struct placement *p, const struct trial *t, struct outcome *o)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", site->senders.cpu[0]);
	outcome_knob(o, "sender_cpu", text);
	snprintf(text, sizeof(text), "%u", site->reader_cpu[t->reader_cpu]);
	outcome_knob(o, "reader_cpu", text);
	outcome_knob(o, "reader_shares", placement_shared(p, t->reader_cpu));
	outcome_knob(o, "topology", p->topology);
}

/*
 * Threads inherit the priority (niceness); the kernel applies it within a session, and sessions have their own. If
 * it is not permitted, more trials are invalid because a sender had to wait.
 */
static void go_first(void)
{
	char nice[8];

	snprintf(nice, sizeof(nice), "%d", NICE);
	setpriority(PRIO_PROCESS, 0, NICE);
	if (getsid(0) == getpid())
		file_put("/proc/self/autogroup", nice);
}

static int netns_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	struct site site = { .dut = NETNS_DUT,
			     .ground = netns_ground,
			     .mark = no_mark,
			     .journaled = true,
			     .wall = true,
			     .enter = netns_enter };
	struct err why = { "" };
	struct placement p;
	int r;

	(void)side;
	outcome_init(o);
	if (t->instruments) {
		outcome_fail(o, TRIAL_FAILED, "instruments: only the lab can count instructions");
		return 0;
	}
	clock_map_begin(&site.clock);
	r = place(&site, t, &p, &why);
	if (r) {
		outcome_fail(o, TRIAL_FAILED, "%s", why.text);
		return 0;
	}
	r = netns_up(e);
	if (r)
		return r;
	go_first();
	usleep(CLOCK_US);
	trial_run(t, &site, o);
	if (o->status == TRIAL_FAILED)
		return 0;
	count_links(t, o, &why);
	placed_knobs(&site, &p, t, o);
	o->drops[DROP_SENDER_TX] = lost_between(counter_of(o->generator.sent), o->nic.wire);
	check_sender(t, o);
	return 0;
}

/* Runs in a child process, so that this one stays in its namespaces; writes the reason to fd. */
static void probe_child(int fd)
{
	struct err e = { "" };

	if (netns_up(&e) && write(fd, e.text, strlen(e.text)) < 0)
		_exit(2);
	_exit(!!e.text[0]);
}

static int probe_once(struct err *why)
{
	int ends[2], status;
	char text[sizeof(why->text)];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(why, "pipe");
	pid = fork();
	if (!pid)
		probe_child(ends[1]);
	close(ends[1]);
	n = pid < 0 ? -1 : read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return err_sys(why, "fork");
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	text[n > 0 ? n : 0] = '\0';
	return err_set(why, -EPERM, "%s", text[0] ? text : "a process that was to make namespaces ended");
}

/* Probes only once in a process: lists ask for each of their rows. */
static int netns_probe(struct err *why)
{
	static struct err first;
	static int result = 1;

	if (result == 1)
		result = probe_once(&first);
	return result ? err_set(why, result, "%s", first.text) : 0;
}

/* "model name	: ..." of the first CPU. */
static void cpu_model(char *text, size_t size)
{
	char info[CPUINFO_MAX];
	const char *at = file_get("/proc/cpuinfo", info, sizeof(info)) < 0 ? NULL : strstr(info, "model name");

	at = at ? strchr(at, ':') : NULL;
	at = at ? at + 1 + strspn(at + 1, " ") : "unknown";
	snprintf(text, size, "%.*s", (int)strcspn(at, "\n"), at);
}

static void add(struct setting *v, int *n, int max, const char *key, const char *value)
{
	if (*n == max)
		return;
	snprintf(v[*n].key, sizeof(v[*n].key), "%s", key);
	snprintf(v[*n].value, sizeof(v[*n].value), "%s", value);
	(*n)++;
}

static int netns_versions(const struct trial *t, struct setting *v, int max, struct err *e)
{
	struct utsname u;
	char text[72];
	int n = 0;

	(void)t;
	if (uname(&u))
		return err_sys(e, "uname");
	add(v, &n, max, "kernel", u.release);
	add(v, &n, max, "kernel_build", u.version);
	add(v, &n, max, "machine", u.machine);
	cpu_model(text, sizeof(text));
	add(v, &n, max, "cpu", text);
	snprintf(text, sizeof(text), "%u", cpus_allowed());
	add(v, &n, max, "cpus", text);
	return n;
}

static int netns_identity(const struct trial *t, char id[17], struct err *e)
{
	char text[1024] = "", hex[SHA256_HEX];
	struct setting v[8];
	int i, n = netns_versions(t, v, 8, e);

	for (i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%s\n", v[i].key, v[i].value);
	if (n < 0)
		return n;
	sha256_hex(text, strlen(text), hex);
	snprintf(id, 17, "%.16s", hex);
	return 0;
}

const struct testbed_ops testbed_netns = {
	.name = "netns",
	.summary = "two network namespaces of this machine's kernel and a veth pair, at its own speed",
	.clock = CLOCK_WALL,
	.limits = netns_limits,
	.ground = netns_ground,
	.check = netns_limits_check,
	.probe = netns_probe,
	.identity = netns_identity,
	.versions = netns_versions,
	.run = netns_run,
};
