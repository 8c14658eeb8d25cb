// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent with faults, for test_failures.py: linked with -Wl,--wrap=trial_run
 * in front of the agent's own objects. The frame size says what goes wrong;
 * every other trial is a true one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <termios.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/trial/trial_run.h"

enum { FRAME_PANICS = 101, FRAME_HANGS = 102, FRAME_IS_MUTE = 103, FRAME_BABBLES = 104, FRAME_SENDS_NOTHING = 105 };

void __real_trial_run(const struct trial *t, const struct site *site, struct outcome *o);
void __wrap_trial_run(const struct trial *t, const struct site *site, struct outcome *o);

static void end_with(const char *words)
{
	printf("%s\n", words);
	fflush(stdout);
	tcdrain(1);
	outb(0, LAB_PORT_EXIT);
}

void __wrap_trial_run(const struct trial *t, const struct site *site, struct outcome *o)
{
	switch (t->frame_bytes) {
	case FRAME_PANICS:
		exit(1); /* process 1 must not: the kernel panics */
	case FRAME_HANGS:
		printf("about to hang\n");
		for (;;)
			;
	case FRAME_IS_MUTE:
		end_with("nothing to say");
		break;
	case FRAME_BABBLES:
		end_with(LAB_LINE_OUTCOME "{\"status\":\"ok\"");
		break;
	case FRAME_SENDS_NOTHING: /* and says that all is well */
		return;
	}
	__real_trial_run(t, site, o);
}
