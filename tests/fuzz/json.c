// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For targets whose inputs are lines of JSON: half of the mutations alter a value of one line, and leave it JSON; bytes alone
 * would hardly ever get past the parser. Of libFuzzer's programs only.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/util/random.h"
#include "tests/fuzz/fuzz.h"

#define COPIES 8 /* of an element, at most */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

static json_t *odd_value(struct random *r)
{
	static const char *const odd[] = { "null", "true",  "-1", "0",	"1",  "9223372036854775807", "0.5", "1e300",
					   "\"\"", "\"1\"", "[]", "{}", "[1]" };

	return json_loads(odd[random_next(r) % (sizeof(odd) / sizeof(odd[0]))], JSON_DECODE_ANY, NULL);
}

static void alter_member(json_t *object, const char *key, struct random *r)
{
	char other[64];

	snprintf(other, sizeof(other), "%.40s%u", key, (unsigned int)(random_next(r) % 100));
	if (random_next(r) % 4 == 0)
		json_object_set(object, other, json_object_get(object, key));
	else if (random_next(r) % 4 == 0)
		json_object_del(object, key);
	else
		json_object_set_new(object, key, odd_value(r));
}

static void alter_element(json_t *list, size_t i, struct random *r)
{
	size_t n = 1 + random_next(r) % COPIES;

	if (random_next(r) % 4 == 0)
		json_array_remove(list, i);
	else if (random_next(r) % 2)
		json_array_set_new(list, i, odd_value(r));
	else
		while (n--)
			json_array_insert(list, i, json_array_get(list, i));
}

/* Alters the n-th value below v; false: there are not so many, n is then less by those. */
static bool alter(json_t *v, uint64_t *n, struct random *r)
{
	const char *key;
	json_t *below;
	size_t i;

	json_object_foreach (v, key, below) {
		if ((*n)-- == 0) {
			alter_member(v, key, r);
			return true;
		}
		if (alter(below, n, r))
			return true;
	}
	json_array_foreach (v, i, below) {
		if ((*n)-- == 0) {
			alter_element(v, i, r);
			return true;
		}
		if (alter(below, n, r))
			return true;
	}
	return false;
}

/* A line, without its end, with a value altered; NULL: it is no JSON. */
static char *line_altered(const uint8_t *data, size_t length, struct random *r)
{
	json_t *line = json_loadb((const char *)data, length, 0, NULL);
	uint64_t n = random_next(r) % 128;
	char *text;
	int tries;

	for (tries = 0; line && tries < 8 && !alter(line, &n, r); tries++)
		;
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	return text;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
	const uint8_t *begin, *end;
	size_t length, rest;
	struct random r;
	char *text;

	random_init(&r, seed, 0);
	if (!size || random_next(&r) % 2)
		return LLVMFuzzerMutate(data, size, most);
	begin = memrchr(data, '\n', random_next(&r) % size);
	begin = begin ? begin + 1 : data;
	rest = size - (size_t)(begin - data);
	end = memchr(begin, '\n', rest);
	end = end ? end : begin + rest;
	text = line_altered(begin, (size_t)(end - begin), &r);
	length = text ? strlen(text) : 0;
	rest = size - (size_t)(end - data);
	if (!length || (size_t)(begin - data) + length + rest > most) {
		free(text);
		return LLVMFuzzerMutate(data, size, most);
	}
	memmove(data + (begin - data) + length, end, rest);
	memcpy(data + (begin - data), text, length);
	free(text);
	return (size_t)(begin - data) + length + rest;
}
