// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The suite in the lab's guest, as its process 1 in the agent's place: the same image, made ready in the same way. What is
 * to be done stands in the kernel's command line, rxlab.long=1, rxlab.capture=NAME, rxlab.check=NAME; lines go to the second
 * serial port, and end with the status.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"
#include "harness/agent/guest.h"
#include "harness/record/lab_protocol.h"
#include "harness/record/mark.h"
#include "harness/util/ethtool.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"
#include "harness/util/pcidriver.h"

#define LIMIT_S 300 /* of virtual time, with the link of a real NIC going down and up */
#define CARRIER_NS 20000000000ULL
#define WORDS_MAX 2048

/* The DUT's device, as it was at the start. */
static char device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX];

static int remove_dut(struct err *e)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind", device);
	r = file_put(path, device);
	return r ? err_set(e, r, "%s: %s", path, strerror(-r)) : 0;
}

/* With its own driver, one queue, up, promiscuous, interrupts on the DUT's CPU: as guest_up() made it. */
static int restore(struct err *e)
{
	char now[PCIDRIVER_NAME_MAX] = "", where[PCIDRIVER_NAME_MAX];
	int r = 0;

	if (pcidriver_get(LAB_DUT, where, now, NULL) || strcmp(now, driver)) {
		r = pcidriver_set(device, driver, 0, LAB_DUT, e);
		r = r ? r : ethtool_set(LAB_DUT, ETHTOOL_CHANNELS, 1, e);
	}
	r = r ? r : netif_flags(LAB_DUT, IFF_UP | IFF_PROMISC, 0, e);
	r = r ? r : netif_wait_carrier(LAB_DUT, CARRIER_NS, e);
	r = r ? r : netif_irq_pin(LAB_DUT, LAB_CPU_DUT, e);
	return r < 0 ? r : 0;
}

/* Never more at a time than the NIC has room for. */
static struct counter lost(void)
{
	return counter_of(0);
}

static const struct place lab = {
	.name = "lab",
	.dut = LAB_DUT,
	.sender = LAB_SENDER0,
	.expendable = true,
	.limit_s = LIMIT_S,
	.remove = remove_dut,
	.restore = restore,
	.lost = lost,
};

/* The words after "rxlab.capture=", and the one after "rxlab.check=". */
static void read_selection(char text[WORDS_MAX], struct selection *what, const char *names[], int max)
{
	static const char key[] = "rxlab.capture=", check[] = "rxlab.check=";
	char *word, *save = NULL;
	int n = 0;

	if (file_get("/proc/cmdline", text, WORDS_MAX) < 0)
		text[0] = '\0';
	for (word = strtok_r(text, " \n", &save); word && n < max - 1; word = strtok_r(NULL, " \n", &save)) {
		if (!strncmp(word, key, strlen(key)))
			names[n++] = word + strlen(key);
		if (!strncmp(word, check, strlen(check)))
			what->check = word + strlen(check);
	}
	names[n] = NULL;
}

static FILE *second_port(void)
{
	int fd = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd >= 0 && !tcgetattr(fd, &t)) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int run(FILE *out)
{
	struct site site = { .mark = mark };
	char text[WORDS_MAX];
	const char *names[32];
	struct selection what = { .names = names };
	struct err e = { "" };

	if (iopl(3) || guest_up(&site, &e) || pcidriver_get(LAB_DUT, device, driver, &e)) {
		fprintf(out, "not ok - the guest cannot be made ready: %s\n",
			e.text[0] ? e.text : "no access to I/O ports");
		return 1;
	}
	read_selection(text, &what, names, 32);
	what.thorough = guest_option("long", 0);
	return conformance(&lab, &what, out);
}

int main(void)
{
	FILE *out;
	int status;

	if (getpid() != 1) {
		fprintf(stderr, "conformance-lab: runs as process 1 of the lab's guest; see guest_parts.sh\n");
		return 2;
	}
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	out = second_port();
	if (out) {
		status = run(out);
		fprintf(out, "# guest ended with status %d\n", status);
		fflush(out);
		tcdrain(fileno(out));
	}
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
