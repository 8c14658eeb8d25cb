// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "harness/util/nearest.h"

static void words(void **state)
{
	static const char *const known[] = { "null", "libpcap", "libpcap-immediate", "tpacket2", "tpacket3", "recv" };
	static const struct {
		const char *word, *text;
	} rows[] = {
		{ "libpacp", ", did you mean 'libpcap'?" }, /* two letters swapped */
		{ "libcap", ", did you mean 'libpcap'?" },
		{ "libppcap", ", did you mean 'libpcap'?" },
		{ "tpacket", ", did you mean 'tpacket2'?" }, /* both are as near: the first */
		{ "tpackte3", ", did you mean 'tpacket3'?" },
		{ "nul", ", did you mean 'null'?" },
		{ "revc", ", did you mean 'recv'?" },
		{ "pcap", "" },
		{ "moon", "" },
		{ "x", "" },
		{ "", "" },
		{ "libpcap-immediate-but-with-a-name-of-more-than-40-letters", "" },
	};
	char text[96];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nearest n;

		nearest_begin(&n, rows[i].word);
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			nearest_try(&n, known[k]);
		assert_string_equal(nearest_text(&n, text), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
