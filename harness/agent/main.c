// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rxlab-agent: the part of rxlab that runs where the packets are. As process 1
 * of the lab's guest it makes the machine ready, stops it for the snapshot,
 * and, started again from there, runs one trial and ends the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "harness/agent/guest.h"
#include "harness/record/lab_protocol.h"
#include "harness/record/mark.h"

/* No carriage returns: the host compares the console byte by byte. */
static void console_raw(void)
{
	struct termios t;

	if (tcgetattr(1, &t))
		return;
	cfmakeraw(&t);
	tcsetattr(1, TCSANOW, &t);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Keep our threads off the senders' CPUs, except those that pin themselves there. */
static void keep_off_senders(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(LAB_CPU_DUT, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void machine_end(void)
{
	fflush(stdout);
	tcdrain(1);
	outb(0, LAB_PORT_EXIT);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void run_trial(const struct site *site, const char *asked)
{
	struct outcome *o = calloc(1, sizeof(*o));
	struct err e = { 0 };
	struct trial t;
	char *text;

	outcome_init(o);
	if (trial_parse(&t, asked, &e))
		outcome_fail(o, TRIAL_FAILED, "the guest cannot read its trial: %s", e.text);
	else if (guest_input(&t, &e))
		outcome_fail(o, TRIAL_FAILED, "%s", e.text);
	else
		trial_run(&t, site, o);
	text = outcome_encode(o);
	printf("\n" LAB_LINE_OUTCOME "%s\n", text ? text : "");
}

static void run_asked(struct site *site)
{
	char asked[LAB_FWCFG_BYTES + 1];
	struct err e = { 0 };

	if (guest_text(asked, site, &e))
		printf("\n" LAB_LINE_ERROR "%s\n", e.text);
	else if (!strcmp(asked, LAB_TEXT_LAYOUT))
		guest_layout();
	else
		run_trial(site, asked);
}

/* /dev/console is no controlling terminal: without one, Ctrl-C would reach nobody. */
static void own_terminal(void)
{
	int fd;

	setsid();
	fd = open("/dev/ttyS0", O_RDWR);
	if (fd < 0)
		return;
	ioctl(fd, TIOCSCTTY, 1);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
}

/* A prompt on the console instead of a trial: `rxlab lab shell`. */
static void run_shell(void)
{
	char *const argv[] = { "sh", "-l", NULL };
	char *const envp[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/", "TERM=vt100", NULL };
	struct termios t;
	pid_t pid;

	if (!tcgetattr(1, &t)) {
		t.c_oflag |= OPOST | ONLCR;
		t.c_iflag |= ICRNL;
		t.c_lflag |= ICANON | ECHO | ECHOE | ISIG;
		tcsetattr(1, TCSANOW, &t);
	}
	pid = fork();
	if (!pid) {
		own_terminal();
		execve("/bin/sh", argv, envp);
		_exit(127);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int main(void)
{
	struct site site = { .mark = mark };
	struct err e = { 0 };

	if (getpid() != 1) {
		fprintf(stderr, "rxlab-agent: runs as process 1 of the lab's guest; use ./rxlab\n");
		return 2;
	}
	console_raw();
	keep_off_senders();
	if (iopl(3) || guest_up(&site, &e)) {
		printf("\n" LAB_LINE_ERROR "%s\n", e.text[0] ? e.text : "no access to I/O ports");
		machine_end();
	}
	if (guest_option("shell", 0)) {
		run_shell();
		machine_end();
	}
	guest_symbols();
	guest_modules_note();
	mlockall(MCL_CURRENT | MCL_FUTURE);
	fflush(stdout);
	tcdrain(1);
	mark(MARK_STOP);
	run_asked(&site);
	machine_end();
}
