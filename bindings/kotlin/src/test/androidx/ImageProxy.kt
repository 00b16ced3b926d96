// As much of CameraX as the sample uses, so that it compiles without Android.
package androidx.camera.core

import java.nio.ByteBuffer

interface ImageProxy : AutoCloseable {
    val width: Int
    val height: Int
    val planes: Array<PlaneProxy>

    interface PlaneProxy {
        val buffer: ByteBuffer
        val rowStride: Int
        val pixelStride: Int
    }
}
