// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "capture-impls/dpdk/pmd/eal.h"

#define SOCKET_MB "64" /* without huge pages: memory for the buffers */
#define ARGS 16
#define LOG_BYTES 4096

static char log_text[LOG_BYTES];
static bool up;

void eal_words(char *to, size_t size)
{
	size_t n = strnlen(log_text, sizeof(log_text));
	const char *line;

	while (n && log_text[n - 1] == '\n')
		log_text[--n] = '\0';
	line = strrchr(log_text, '\n');
	snprintf(to, size, "%s", line ? line + 1 : log_text);
}

/* Into memory, from its start again when it is full: only the last words matter. */
static ssize_t log_write(void *cookie, const char *text, size_t n)
{
	size_t have = strnlen(log_text, sizeof(log_text)), room = sizeof(log_text) - 1;

	(void)cookie;
	if (n > room)
		return (ssize_t)n;
	if (have + n > room)
		have = 0;
	memcpy(log_text + have, text, n);
	log_text[have + n] = '\0';
	return (ssize_t)n;
}

static int log_up(void)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t) { .write = log_write });

	if (!f)
		return -ENOMEM;
	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	return rte_openlog_stream(f);
}

/* DPDK makes /run/dpdk/PREFIX whether it puts something there or not; what is in use is not empty, and stays. */
static void folder_remove(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	if (rmdir(path) == 0 && strrchr(path, '/')) {
		*strrchr(path, '/') = '\0';
		rmdir(path);
	}
}

/*
 * No files that other processes of DPDK would look for, and none left behind. A NIC that writes by physical
 * addresses needs huge pages; sockets do not, and no device of the machine is looked at for them.
 */
static int start(const struct pmd_config *config)
{
	char lcore[32], prefix[32];
	char *nic[ARGS] = { "rxlab",
			    "--lcores",
			    lcore,
			    prefix,
			    "--in-memory",
			    "--no-telemetry",
			    "--iova-mode=pa",
			    "-a",
			    (char *)config->device,
			    NULL };
	char *socket[ARGS] = { "rxlab",	   "--lcores",	lcore, prefix,	  "--no-shconf", "--no-telemetry",
			       "--no-pci", "--no-huge", "-m",  SOCKET_MB, NULL };
	char **argv = config->device ? nic : socket;
	int r, argc = 0;

	snprintf(lcore, sizeof(lcore), "0@%u", config->cpu);
	snprintf(prefix, sizeof(prefix), "--file-prefix=rxlab-%d", getpid());
	while (argv[argc])
		argc++;
	r = rte_eal_init(argc, argv) < 0 ? -rte_errno : 0;
	folder_remove();
	return r;
}

int eal_up(const struct pmd_config *config, struct err *e)
{
	char words[160];
	int r;

	if (up)
		return rte_lcore_id() == LCORE_ID_ANY && rte_thread_register()
			       ? err_set(e, -rte_errno, "DPDK: no room for another thread")
			       : 0;
	r = log_up();
	r = r ? r : start(config);
	up = !r;
	if (!r)
		return 0;
	eal_words(words, sizeof(words));
	return err_set(e, r ? r : -EIO, "DPDK does not start: %s", words[0] ? words : strerror(-r));
}
