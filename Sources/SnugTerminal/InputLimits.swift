// SPDX-License-Identifier: Apache-2.0

/// What an interface keeps of what is typed.
package enum InputLimits {
    /// More than the server keeps of a line, so it is the server that shortens and says so, and little enough to fit
    /// a frame even if every byte has to be replaced by the three of U+FFFD.
    package static let maximumLineBytes = 2_600
}
