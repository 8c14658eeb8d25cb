// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab fate: one packet's fate, from the file that `rxlab trial --fates` wrote. */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/instruments/fates.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define FILE_MAX (256 << 20)

static const char help[] =
	"usage: rxlab fate FILE SEQ [SENDER]\n"
	"\n"
	"Prints where packet SEQ of a trial was lost, or that it was delivered, and the evidence. FILE is what\n"
	"'rxlab trial --fates FILE' wrote; SENDER is 0, the first, by default.\n";

static int say(const char *command, char *text, const char *path, uint64_t seq, uint64_t sender)
{
	char sentence[512], *line, *save = NULL;
	struct fate_line l;
	int status = 0;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '#')
			continue;
		if (fates_line_parse(&l, line))
			return cmd_failed(command, "%s: not what 'rxlab trial --fates' writes: %.60s", path, line);
		if (l.sender != sender || seq < l.first || seq > l.last)
			continue;
		fates_say(&l, seq, sentence, sizeof(sentence));
		puts(sentence);
		return status;
	}
	return cmd_failed(command, "%s: the trial had no packet %llu of sender %llu", path, (unsigned long long)seq,
			  (unsigned long long)sender);
}

int cmd_fate(int argc, char **argv)
{
	uint64_t seq, sender = 0;
	struct err e = { "" };
	char *text = NULL;
	int status;

	if (argc > 1 && cmd_help(argv[1], help))
		return 0;
	if (argc < 3 || argc > 4)
		return cmd_usage(argv[0], "want FILE SEQ [SENDER]");
	if (number_parse(argv[2], &seq) || !seq)
		return cmd_usage(argv[0], "'%s' is no packet's number; they begin at 1", argv[2]);
	if (argc > 3 && number_parse(argv[3], &sender))
		return cmd_usage(argv[0], "'%s' is no sender's number; the first is 0", argv[3]);
	if (file_read(argv[1], FILE_MAX, &text, NULL, &e))
		return cmd_failed(argv[0], "%s", e.text);
	status = say(argv[0], text, argv[1], seq, sender);
	free(text);
	return status;
}
