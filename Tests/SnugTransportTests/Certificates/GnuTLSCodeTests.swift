// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import Testing

@testable import SnugTransport

@Suite struct GnuTLSCodeTests {
    @Test func anErrorIsToldInWordsAndByName() {
        let code = GnuTLSCode(GNUTLS_E_PULL_ERROR)
        #expect(code.description == "error in the pull function (GNUTLS_E_PULL_ERROR)")
        #expect(code.name == "GNUTLS_E_PULL_ERROR")
        #expect(code.rawValue == -54)
    }

    @Test func aProperNameKeepsItsCapitals() {
        #expect(GnuTLSCode(GNUTLS_E_ASN1_DER_ERROR).description.hasPrefix("ASN1"))
    }

    @Test func whatGnuTLSDoesNotKnowIsToldByNumber() {
        #expect(GnuTLSCode(-99_999).name == "-99999")
    }

    @Test(arguments: [GNUTLS_E_AGAIN, GNUTLS_E_INTERRUPTED, GNUTLS_E_SUCCESS])
    func aSessionOutlivesWhatIsNotFatal(_ code: Int32) {
        #expect(!GnuTLSCode(code).isFatal)
    }

    @Test func aSessionDoesNotOutliveABrokenStream() {
        #expect(GnuTLSCode(GNUTLS_E_PREMATURE_TERMINATION).isFatal)
    }

    @Test func onlyAnErrorIsThrown() throws {
        try check(GNUTLS_E_SUCCESS, during: "gnutls_init")
        try check(3, during: "gnutls_certificate_set_x509_trust_mem")
        let error = #expect(throws: GnuTLSFailure.self) {
            try check(GNUTLS_E_PULL_ERROR, during: "gnutls_bye")
        }
        #expect(error?.description == "gnutls_bye failed: error in the pull function (GNUTLS_E_PULL_ERROR)")
    }
}
