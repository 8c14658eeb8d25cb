/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML file as libyaml's tree of nodes with their lines. Refused with
 * FILE:LINE: syntax errors, more than one document, anchors and aliases (a
 * few lines of them can stand for gigabytes) and deep nesting.
 *
 * Why libyaml and no schema library: a campaign has free keys (`set`) and its
 * errors must name lines, which none of those libraries keeps.
 */
#ifndef RXLAB_YAML_H
#define RXLAB_YAML_H

#include <stdbool.h>
#include <yaml.h>

#include "harness/util/err.h"

#define YAML_DEPTH_MAX 8

/* document: yaml_document_delete() it after success. */
int yaml_parse(const char *text, size_t length, const char *path, yaml_document_t *document, struct err *e);

static inline int yaml_line(const yaml_node_t *node)
{
	return (int)node->start_mark.line + 1;
}

static inline const char *yaml_text(const yaml_node_t *node) /* of a scalar */
{
	return (const char *)node->data.scalar.value;
}

#endif
