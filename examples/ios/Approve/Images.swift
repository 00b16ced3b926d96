import PhotosUI
import ScanLogin
import SwiftUI
import UIKit

/// The code in an image that the user chose. What the library does not decode, such as HEIC, the phone does.
func readCode(in item: PhotosPickerItem, with client: any ScanLoginClientProtocol) async throws -> LoginCode {
    // One that cannot be loaded has no bytes, and the library says so.
    let image = (try? await item.loadTransferable(type: Data.self)) ?? Data()
    do {
        return try await client.readImage(image)
    } catch let error as ScanLoginError where [.unreadableImage(.heif), .unreadableImage(.unknownFormat)].contains(error.kind) {
        guard let decoded = UIImage(data: image)?.cgImage else { throw error }
        return try await client.readFrame(CameraFrame(decoded))
    }
}
