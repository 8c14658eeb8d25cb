// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "harness/util/yaml.h"

static int parser_error(const yaml_parser_t *p, const char *path, struct err *e)
{
	if (p->error == YAML_MEMORY_ERROR)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	if (p->error == YAML_READER_ERROR)
		return err_set(e, -EINVAL, "%s:%zu: %s", path, p->mark.line + 1, p->problem);
	return err_set(e, -EINVAL, "%s:%zu: %s%s%s", path, p->problem_mark.line + 1, p->context ? p->context : "",
		       p->context ? ", " : "", p->problem);
}

static bool has_anchor(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return true;
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	default:
		return false;
	}
}

static int event_depth(yaml_event_type_t type)
{
	return (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT) -
	       (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT);
}

/* Refuses what must not reach the tree (yaml.h). */
static int check_event(const yaml_event_t *event, int *depth, int *documents, const char *path, struct err *e)
{
	size_t line = event->start_mark.line + 1;

	*depth += event_depth(event->type);
	if (*depth > YAML_DEPTH_MAX)
		return err_set(e, -EINVAL, "%s:%zu: nested deeper than %d", path, line, YAML_DEPTH_MAX);
	if (has_anchor(event))
		return err_set(e, -EINVAL, "%s:%zu: anchors and aliases are not accepted", path, line);
	if (event->type == YAML_DOCUMENT_START_EVENT && ++*documents > 1)
		return err_set(e, -EINVAL, "%s:%zu: a second document; one file is one document", path, line);
	return 0;
}

static int check_events(yaml_parser_t *p, const char *path, struct err *e)
{
	yaml_event_type_t type;
	yaml_event_t event;
	int documents = 0;
	int depth = 0;
	int ret;

	do {
		if (!yaml_parser_parse(p, &event))
			return parser_error(p, path, e);
		type = event.type;
		ret = check_event(&event, &depth, &documents, path, e);
		yaml_event_delete(&event);
		if (ret)
			return ret;
	} while (type != YAML_STREAM_END_EVENT);
	return documents ? 0 : err_set(e, -EINVAL, "%s:1: the file is empty", path);
}

static int load(yaml_parser_t *p, yaml_document_t *document, const char *path, struct err *e)
{
	return yaml_parser_load(p, document) ? 0 : parser_error(p, path, e);
}

static int with_parser(const char *text, size_t length, const char *path, yaml_document_t *document, struct err *e)
{
	yaml_parser_t parser;
	int ret;

	if (!yaml_parser_initialize(&parser))
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	ret = document ? load(&parser, document, path, e) : check_events(&parser, path, e);
	yaml_parser_delete(&parser);
	return ret;
}

int yaml_parse(const char *text, size_t length, const char *path, yaml_document_t *document, struct err *e)
{
	int ret = with_parser(text, length, path, NULL, e);

	return ret ? ret : with_parser(text, length, path, document, e);
}
