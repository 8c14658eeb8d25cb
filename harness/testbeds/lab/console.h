/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest said last. */
#ifndef RXLAB_LAB_CONSOLE_H
#define RXLAB_LAB_CONSOLE_H

#include <stddef.h>

/* The last words of a text, on one line. */
void console_tail(const char *text, char *to, size_t size);
/* The guest's last words or, after a panic, its reason, which comes before a page of registers. */
void console_words(const char *console, char *to, size_t size);

#endif
