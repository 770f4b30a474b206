// SPDX-License-Identifier: Apache-2.0
//
// zlib as Swift sees it.

#ifndef SNUG_CZLIB_SHIM_H
#define SNUG_CZLIB_SHIM_H

#include <zlib.h>

#endif
