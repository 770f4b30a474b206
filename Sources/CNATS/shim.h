// SPDX-License-Identifier: Apache-2.0
//
// NATS as Swift sees it.

#ifndef SNUG_CNATS_SHIM_H
#define SNUG_CNATS_SHIM_H

// Not <nats.h>, which is there only to say that it is old.
#include <nats/nats.h>

#endif
