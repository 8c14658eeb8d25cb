// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generators/pktgen/pg.h"
#include "harness/record/trial_spec.h"
#include "harness/util/file.h"

/* The last line that begins with "Result:". */
static const char *last_result(const char *text)
{
	const char *at = text, *last = NULL;

	while ((at = strstr(at, "Result:")))
		last = at++;
	return last;
}

bool pg_answers(const char *result, const char *command)
{
	static const char ok[] = "Result: OK: ";
	size_t key = strcspn(command, " "), n;
	const char *value = command[key] ? command + key + 1 : "";

	if (strncmp(result, ok, strlen(ok)))
		return false;
	result += strlen(ok);
	/* Two commands have other names in the answer. */
	if (!strncmp(command, "dst_mac ", 8))
		return !strncmp(result, "dstmac ", 7) && !strncmp(result + 7, value, strlen(value));
	if (!strncmp(command, "ratep ", 6))
		key--;
	if (strncmp(result, command, key))
		return false;
	n = strlen(value);
	return !n || (result[key] == '=' && !strncmp(result + key + 1, value, n) && strchr("\n ", result[key + 1 + n]));
}

static int check_result(const char *path, const char *command, struct err *e)
{
	const char *result;
	char *text = file_slurp(path, NULL);
	int r = 0;

	if (!text)
		return err_sys(e, "%s", path);
	result = last_result(text);
	if (!result || !pg_answers(result, command))
		r = err_set(e, -EIO, "%s: '%s' was refused: %.60s", path, command, result ? result : "no result");
	free(text);
	return r;
}

int pg_set(const char *file, struct err *e, const char *fmt, ...)
{
	char path[128], command[160];
	va_list ap;
	size_t n;
	int r;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command) - 1, fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), PG_DIR "/%s", file);
	/* pgctrl always cuts off the last byte. */
	n = strlen(command);
	strcpy(command + n, "\n");
	r = file_put(path, command);
	command[n] = '\0';
	if (r)
		return err_set(e, r, "%s: cannot write '%s': %s", path, command, strerror(-r));
	return strcmp(file, "pgctrl") ? check_result(path, command, e) : 0;
}

int pg_parse_mix(const char *text, const char *key, const struct frame_mix *mix, uint64_t values[MIX_SIZES_MAX])
{
	const char *at = strstr(text, key);
	unsigned long long size, value;
	uint32_t i;
	int n;

	at = at ? at + strlen(key) : "";
	for (i = 0; i < mix->n; i++) {
		if (sscanf(at, " %llu,%llu%n", &size, &value, &n) != 2 ||
		    size != (unsigned long long)mix->bytes[i] - FCS_BYTES)
			return -EINVAL;
		values[i] = value;
		at += n;
	}
	return at[strspn(at, " ")] == '\n' ? 0 : -EINVAL;
}

static int read_mix(const char *file, const char *key, const struct frame_mix *mix, uint64_t values[MIX_SIZES_MAX],
		    struct err *e)
{
	char path[128];
	char *text;
	int r;

	snprintf(path, sizeof(path), PG_DIR "/%s", file);
	text = file_slurp(path, NULL);
	if (!text)
		return err_sys(e, "%s", path);
	r = pg_parse_mix(text, key, mix, values);
	free(text);
	return r ? err_set(e, r, "%s: its %s are not of the mix", path, key) : 0;
}

int pg_set_mix(const char *file, const struct frame_mix *mix, struct err *e)
{
	char path[128], command[160] = "imix_weights", *end = command + strlen(command);
	uint64_t weights[MIX_SIZES_MAX];
	uint32_t i;
	int r;

	for (i = 0; i < mix->n; i++)
		end += sprintf(end, " %u,%u", mix->bytes[i] - FCS_BYTES, mix->weight[i]);
	strcpy(end, "\n");
	snprintf(path, sizeof(path), PG_DIR "/%s", file);
	r = file_put(path, command);
	if (r)
		return err_set(e, r, "%s: cannot write imix_weights (Linux 5.15 and newer): %s", path, strerror(-r));
	r = read_mix(file, "imix_weights:", mix, weights, e);
	for (i = 0; i < mix->n && !r; i++)
		if (weights[i] != mix->weight[i])
			r = err_set(e, -EIO, "%s: imix_weights were refused", path);
	return r;
}

int pg_read_mix(const char *file, const struct frame_mix *mix, struct counter sent[MIX_SIZES_MAX], struct err *e)
{
	uint64_t built[MIX_SIZES_MAX];
	int r = read_mix(file, "imix_size_counts:", mix, built, e);
	uint32_t i;

	for (i = 0; i < mix->n && !r; i++)
		counter_add(&sent[i], counter_of(built[i]));
	return r;
}

int pg_parse(const char *text, struct pg_result *r)
{
	const char *result = last_result(text);
	unsigned long long usec, c, d, sent, pps, errors;
	const char *line;

	if (!result || sscanf(result, "Result: OK: %llu(c%llu+d%llu) usec, %llu", &usec, &c, &d, &sent) != 4)
		return -EINVAL;
	line = strchr(result, '\n');
	if (!line || sscanf(line, " %llupps", &pps) != 1)
		return -EINVAL;
	line = strstr(line, "errors: ");
	if (!line || sscanf(line, "errors: %llu", &errors) != 1)
		return -EINVAL;
	*r = (struct pg_result) { .sent = sent, .usec = usec, .pps = pps, .errors = errors };
	return 0;
}

int pg_read(const char *file, struct pg_result *r, struct err *e)
{
	char path[128];
	char *text;
	int ret;

	snprintf(path, sizeof(path), PG_DIR "/%s", file);
	text = file_slurp(path, NULL);
	if (!text)
		return err_sys(e, "%s", path);
	ret = pg_parse(text, r);
	if (ret)
		err_set(e, ret, "%s: no result of a run: %.80s", path, last_result(text) ? last_result(text) : "");
	free(text);
	return ret;
}
