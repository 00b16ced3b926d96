import Foundation
internal import ScanLoginGenerated

extension ScanLoginError {
    /// What the user decided about a login.
    public enum Decision: Sendable {
        /// The web page is signed in.
        case confirm
        /// The web page is told no.
        case cancel

        init(_ decision: ScanLoginGenerated.Decision) {
            self =
                switch decision {
                case .confirm: .confirm
                case .cancel: .cancel
                }
        }
    }

    /// How the network failed.
    public enum NetworkFailure: Sendable {
        /// No connection: no network, no such host, or nothing listens there.
        case offline
        /// No answer within the configured timeout.
        case timedOut
        /// The server's certificate was not accepted, or no common TLS version was found.
        case tls
        /// The connection broke while the answer was awaited.
        case interrupted
        /// The server answered with HTTP 429 or 5xx.
        case serverBusy
        /// The answer is not one of this API: a redirect, a web page, too long, not JSON.
        case badAnswer

        init(_ failure: ScanLoginGenerated.NetworkFailure) {
            self =
                switch failure {
                case .offline: .offline
                case .timedOut: .timedOut
                case .tls: .tls
                case .interrupted: .interrupted
                case .serverBusy: .serverBusy
                case .badAnswer: .badAnswer
                }
        }

        var code: String {
            switch self {
            case .offline: "network_offline"
            case .timedOut: "network_timed_out"
            case .tls: "network_tls"
            case .interrupted: "network_interrupted"
            case .serverBusy: "network_server_busy"
            case .badAnswer: "network_bad_answer"
            }
        }
    }

    /// Why the signed context of a code is not believed.
    public enum ContextFlaw: Sendable {
        /// There is none, and the configuration demands one.
        case missing
        /// It is not a JWS as this library reads them.
        case malformed
        /// The id of the key that it was signed with is not one of the configured ones.
        case unknownKey
        /// Its algorithm is not the key's.
        case wrongAlgorithm
        /// No configured key has made its signature.
        case badSignature
        /// It was signed for a code with another id, or of another user pool.
        case otherCode

        init(_ flaw: ScanLoginGenerated.ContextFlaw) {
            self =
                switch flaw {
                case .missing: .missing
                case .malformed: .malformed
                case .unknownKey: .unknownKey
                case .wrongAlgorithm: .wrongAlgorithm
                case .badSignature: .badSignature
                case .otherCode: .otherCode
                }
        }
    }

    /// Why there is no consent to a confirm.
    public enum VerificationFailure: Sendable {
        /// The user said no.
        case declined
        /// The guard failed.
        case failed
        /// The guard did not answer in time.
        case timedOut
        /// The consent was given too long ago, see `ScanLoginConfig.consentMaxAge`.
        case tooOld
        /// The guard returned the consent to another request.
        case otherRequest

        init(_ failure: ScanLoginGenerated.VerificationFailure) {
            self =
                switch failure {
                case .declined: .declined
                case .failed: .failed
                case .timedOut: .timedOut
                case .tooOld: .tooOld
                case .otherRequest: .otherRequest
                }
        }

        var code: String {
            switch self {
            case .declined: "user_not_verified_declined"
            case .failed: "user_not_verified_failed"
            case .timedOut: "user_not_verified_timed_out"
            case .tooOld: "user_not_verified_too_old"
            case .otherRequest: "user_not_verified_other_request"
            }
        }
    }

    /// Why an image cannot be read.
    public enum ImageFlaw: Sendable {
        /// There are no bytes.
        case empty
        /// The bytes are no image of a known format.
        case unknownFormat
        /// HEIC or AVIF, which phones store. Decode it with the platform, and hand it to `readFrame(_:)`.
        case heif
        /// The file, its pixels or its memory are over the configured limits.
        case tooLarge
        /// The image is cut off or broken.
        case damaged
        /// The strides, the size and the length of a camera frame do not fit together, or its pixel format is not supported.
        case badLayout
        /// Looking for a code takes longer than the configured timeout, or would.
        case tookTooLong
        /// A decoder failed in a way that it should not.
        case decoderFailed

        init(_ flaw: ScanLoginGenerated.ImageFlaw) {
            self =
                switch flaw {
                case .empty: .empty
                case .unknownFormat: .unknownFormat
                case .heif: .heif
                case .tooLarge: .tooLarge
                case .damaged: .damaged
                case .badLayout: .badLayout
                case .tookTooLong: .tookTooLong
                case .decoderFailed: .decoderFailed
                }
        }
    }

    /// Why a text is not a login code.
    public enum CodeFlaw: Sendable, Hashable {
        /// The text is over 4 KiB.
        case tooLong
        /// The bytes are not UTF-8. A Swift string always is; an image may hold anything.
        case notUTF8
        /// The text is not JSON, for example a web address.
        case notJSON
        /// The text is JSON, but not an object.
        case notAnObject
        /// Objects and arrays are nested more than 16 deep.
        case tooDeep
        /// It signs a phone in from a web page, not a web page from a phone.
        case fastPass
        /// It is a link, but not one of an origin that the configuration allows.
        case foreignLink
        /// A code with the same id was marked scanned before, and said something else.
        case conflicting
        /// This field is not there.
        case missingField(String)
        /// This field is there twice, has the wrong type, or a value that it cannot have.
        case malformedField(String)

        init(_ flaw: ScanLoginGenerated.CodeFlaw) {
            self =
                switch flaw {
                case .tooLong: .tooLong
                case .notUtf8: .notUTF8
                case .notJson: .notJSON
                case .notAnObject: .notAnObject
                case .tooDeep: .tooDeep
                case .fastPass: .fastPass
                case .foreignLink: .foreignLink
                case .conflicting: .conflicting
                case .missingField(let field): .missingField(field)
                case .malformedField(let field): .malformedField(field)
                }
        }
    }

    /// Why a code is not bound to this phone by its PIN.
    public enum BindingFlaw: Sendable {
        /// No PIN is open: none was issued, it is over, it was used for another code, or codes with five other PINs were seen since.
        case noPIN
        /// The code has no PIN.
        case missingPIN
        /// The code has another PIN than the one that was issued last.
        case wrongPIN
        /// The code was made before the PIN was issued, or may have been, or does not say when.
        case madeBeforePIN

        init(_ flaw: ScanLoginGenerated.BindingFlaw) {
            self =
                switch flaw {
                case .noPin: .noPIN
                case .missingPin: .missingPIN
                case .wrongPin: .wrongPIN
                case .madeBeforePin: .madeBeforePIN
                }
        }
    }
}
