// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "generators/generator.h"
#include "harness/campaign/setting_value.h"
#include "harness/record/inputs.h"

static int take(const char *key, const char *path, char hash[SHA256_HEX], struct err *e)
{
	struct err why = { "" };
	int r = generator_file_check(key, path, &why);

	r = r ? r : inputs_take(path, hash, &why);
	return r ? err_set(e, r, "%s: %s", key, why.text) : 0;
}

int setting_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX], const char **result,
		  struct err *e)
{
	char path[PATH_MAX];

	*result = text;
	if (!generator_file_key(key) || (inputs_is_hash(text) && access(text, R_OK)))
		return 0;
	*result = value;
	if (folder && text[0] != '/')
		snprintf(path, sizeof(path), "%s/%s", folder, text);
	else
		snprintf(path, sizeof(path), "%s", text);
	return take(key, path, value, e);
}
