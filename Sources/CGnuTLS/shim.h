// SPDX-License-Identifier: Apache-2.0
//
// GnuTLS as Swift sees it, with what the importer leaves out.

#ifndef SNUG_CGNUTLS_SHIM_H
#define SNUG_CGNUTLS_SHIM_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs12.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>

// Each of these flags is a macro and an enumerator of the same name, which Swift calls ambiguous.
//
// NO_SIGNAL and NO_TICKETS: no SIGPIPE, no resumption. SAFE_PADDING_CHECK: the time to unpad a record must not tell
// how much of it was padding. ENABLE_RAWPK: certificates may be raw public keys (RFC 7250); without it GnuTLS ignores
// whatever the priorities say of them.
static const unsigned int SNUG_INIT_SERVER = GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
    GNUTLS_NO_TICKETS | GNUTLS_SAFE_PADDING_CHECK | GNUTLS_ENABLE_RAWPK;
static const unsigned int SNUG_INIT_CLIENT =
    GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS | GNUTLS_SAFE_PADDING_CHECK;
static const unsigned int SNUG_INIT_CLIENT_WITH_KEY = SNUG_INIT_CLIENT | GNUTLS_ENABLE_RAWPK;

// gnutls_free is a mutable global function pointer, which Swift 6 does not let anyone touch.
static inline void snug_gnutls_free(void *memory) {
    gnutls_free(memory);
}

// Function-like macros are not imported.
static const unsigned int SNUG_P256_BITS = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
static const unsigned int SNUG_VERIFY_MEDIUM = GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);

#endif
