package com.example.approve

import android.annotation.SuppressLint
import android.graphics.ImageFormat
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CaptureRequest
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.util.Size
import android.view.Surface
import android.view.SurfaceHolder
import com.example.approve.model.PreviewMapping
import com.example.approve.model.frameSize
import com.example.approve.model.rotationToUpright
import dev.scanlogin.CameraFrame
import dev.scanlogin.FrameResult
import dev.scanlogin.FrameScanner
import java.util.concurrent.FutureTask

/** A camera of the phone, and the size of the pictures to ask it for. */
class Lens(val id: String, val size: Size, private val facts: CameraCharacteristics) {
    val hasTorch: Boolean get() = facts[CameraCharacteristics.FLASH_INFO_AVAILABLE] == true

    val canFocus: Boolean
        get() = CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE.let { facts[CameraCharacteristics.CONTROL_AF_AVAILABLE_MODES]?.contains(it) == true }

    /** [displayRotation] is one of [Surface]'s. */
    fun mapping(displayRotation: Int): PreviewMapping {
        val isFront = facts[CameraCharacteristics.LENS_FACING] == CameraCharacteristics.LENS_FACING_FRONT
        val sensor = facts[CameraCharacteristics.SENSOR_ORIENTATION] ?: 0
        return PreviewMapping(size.width, size.height, rotationToUpright(sensor, displayRotation * 90, isFront), isFront)
    }

    companion object {
        /** The one on the back, else any. Null when there is none, or the phone's owner does not let apps use it. */
        fun find(manager: CameraManager): Lens? = try {
            val lenses = manager.cameraIdList.mapNotNull { lens(it, manager.getCameraCharacteristics(it)) }
            lenses.find { it.facts[CameraCharacteristics.LENS_FACING] == CameraCharacteristics.LENS_FACING_BACK } ?: lenses.firstOrNull()
        } catch (_: CameraAccessException) {
            null
        }

        /** Preview and frames have the same size, so that they show the same. */
        private fun lens(id: String, facts: CameraCharacteristics): Lens? {
            val streams = facts[CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP] ?: return null
            val previews = streams.getOutputSizes(SurfaceHolder::class.java).orEmpty()
            val sizes = streams.getOutputSizes(ImageFormat.YUV_420_888).orEmpty().filter { it in previews }
            return frameSize(sizes, Size::getWidth, Size::getHeight)?.let { Lens(id, it, facts) }
        }
    }
}

/**
 * Shows a camera's pictures on [surface] and looks for codes in them, from now until it is closed. The camera's permission must
 * have been given. [onResult] and [onLost] are called on the camera's thread; after [onLost] there are no more results.
 */
class Camera(
    private val manager: CameraManager,
    private val lens: Lens,
    private val surface: Surface,
    private val scanner: FrameScanner,
    private var isTorchOn: Boolean,
    private val onResult: (FrameResult) -> Unit,
    private val onLost: () -> Unit,
) {
    // Everything from here on happens on the camera's thread.
    private val reader = ImageReader.newInstance(lens.size.width, lens.size.height, ImageFormat.YUV_420_888, 2)
    private var device: CameraDevice? = null
    private var session: CameraCaptureSession? = null
    private var isClosed = false

    init {
        THREAD.post(::open)
    }

    fun setTorch(isOn: Boolean) {
        THREAD.post {
            isTorchOn = isOn
            show()
        }
    }

    /** Waits until nothing uses the surface or a picture any more: their memory goes away with them. */
    fun close() {
        FutureTask(::release, Unit).let { if (THREAD.post(it)) it.get() }
    }

    @SuppressLint("MissingPermission")
    private fun open() = orLost {
        reader.setOnImageAvailableListener({ look() }, THREAD)
        manager.openCamera(lens.id, object : CameraDevice.StateCallback() {
            override fun onOpened(camera: CameraDevice) {
                device = camera
                if (isClosed) camera.close() else start(camera)
            }

            override fun onDisconnected(camera: CameraDevice) = lose(camera)

            override fun onError(camera: CameraDevice, error: Int) = lose(camera)

            private fun lose(camera: CameraDevice) {
                camera.close()
                lost()
            }
        }, THREAD)
    }

    @Suppress("DEPRECATION") // What takes its place came with Android 9.
    private fun start(camera: CameraDevice) = orLost {
        camera.createCaptureSession(listOf(surface, reader.surface), object : CameraCaptureSession.StateCallback() {
            override fun onConfigured(configured: CameraCaptureSession) {
                session = configured
                show()
            }

            override fun onConfigureFailed(failed: CameraCaptureSession) = lost()
        }, THREAD)
    }

    private fun show() = orLost {
        val session = session ?: return@orLost
        val request = session.device.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
        request.addTarget(surface)
        request.addTarget(reader.surface)
        if (lens.canFocus) request[CaptureRequest.CONTROL_AF_MODE] = CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE
        if (isTorchOn && lens.hasTorch) request[CaptureRequest.FLASH_MODE] = CaptureRequest.FLASH_MODE_TORCH
        session.setRepeatingRequest(request.build(), null, THREAD)
    }

    /** The newest picture; those that came while the last was looked at are dropped. */
    private fun look() {
        if (isClosed) return
        val image = reader.acquireLatestImage() ?: return
        val luma = image.planes[0]
        val frame = CameraFrame(luma.buffer, image.width, image.height, luma.rowStride, luma.pixelStride, release = image::close)
        onResult(scanner.scan(frame))
    }

    private fun release() {
        if (isClosed) return
        isClosed = true
        session = null
        device?.close()
        reader.close()
    }

    private fun lost() {
        if (isClosed) return
        release()
        onLost()
    }

    /** A camera can go away at any time: another app takes it, or the phone's owner forbids its use. */
    private fun orLost(call: () -> Unit) {
        if (isClosed) return
        try {
            call()
        } catch (_: CameraAccessException) {
            lost()
        } catch (_: IllegalStateException) {
            lost()
        } catch (_: IllegalArgumentException) {
            lost()
        } catch (_: SecurityException) {
            lost()
        }
    }

    private companion object {
        /** One for the whole process: a camera may open after the screen that wanted it is gone, and must be closed then. */
        val THREAD = Handler(HandlerThread("camera").apply { start() }.looper)
    }
}
