package com.example.approve

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.net.Uri
import dev.scanlogin.Bitmaps
import dev.scanlogin.ImageFlaw
import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginException
import java.io.ByteArrayOutputStream
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The code in a picture that the user chose. What the library does not decode, such as HEIC and AVIF, the phone may. */
suspend fun ScanLogin.readPicture(resolver: ContentResolver, uri: Uri): LoginCode = withContext(Dispatchers.IO) {
    val image = bytes(resolver, uri)
    try {
        readImage(image)
    } catch (e: ScanLoginException.UnreadableImage) {
        val bitmap = if (e.flaw == ImageFlaw.HEIF || e.flaw == ImageFlaw.UNKNOWN_FORMAT) decode(image) else null
        readFrame(Bitmaps.toFrame(bitmap ?: throw e))
    }
}

/** No more than the library takes. A picture that cannot be opened has no bytes, and the library says so. */
private fun bytes(resolver: ContentResolver, uri: Uri): ByteArray = try {
    val bytes = ByteArrayOutputStream()
    resolver.openInputStream(uri)?.use { stream ->
        val buffer = ByteArray(64 * 1024)
        while (bytes.size() <= MOST_BYTES) {
            val count = stream.read(buffer)
            if (count < 0) break
            bytes.write(buffer, 0, count)
        }
    }
    bytes.toByteArray()
} catch (_: IOException) {
    ByteArray(0)
} catch (_: SecurityException) {
    ByteArray(0)
}

/** Null when the phone cannot, either. A picture of very many pixels is made smaller while it is decoded. */
private fun decode(image: ByteArray): Bitmap? {
    val options = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeByteArray(image, 0, image.size, options)
    if (options.outWidth <= 0 || options.outHeight <= 0) return null
    options.inJustDecodeBounds = false
    options.inSampleSize = 1
    while (options.outWidth.toLong() * options.outHeight / options.inSampleSize / options.inSampleSize > MOST_PIXELS) options.inSampleSize *= 2
    return BitmapFactory.decodeByteArray(image, 0, image.size, options)
}

private const val MOST_BYTES = 20 * 1024 * 1024
private const val MOST_PIXELS = 16_000_000
