// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kernel says of its own types. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/agent/btf.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = fuzz_bytes((struct fuzz_part) { data, size });
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	FUZZ_EXPECT(out);
	btf_tell(bytes, size, out);
	fclose(out);
	free(text);
	free(bytes);
	return 0;
}
