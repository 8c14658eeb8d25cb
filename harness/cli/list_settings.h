/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rxlab list settings [NAME]: what --set takes. */
#ifndef RXLAB_LIST_SETTINGS_H
#define RXLAB_LIST_SETTINGS_H

#include <stdbool.h>

/* name: of a capture, a generator, or a setting; NULL: all. The exit status. */
int list_settings(const char *name, bool json);

#endif
