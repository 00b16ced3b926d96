// As much of Android as the library uses, so that it compiles and is tested without it. Not part of what apps get.
package android.graphics;

public final class Bitmap {
    public enum Config { ARGB_8888, HARDWARE }

    private final int[] colors;
    private final int width;
    private final Config config;

    private Bitmap(int[] colors, int width, Config config) {
        this.colors = colors;
        this.width = width;
        this.config = config;
    }

    public static Bitmap createBitmap(int[] colors, int width, int height, Config config) {
        return new Bitmap(colors, width, config);
    }

    public int getWidth() {
        return width;
    }

    public int getHeight() {
        return colors.length / width;
    }

    public Config getConfig() {
        return config;
    }

    public Bitmap copy(Config config, boolean isMutable) {
        return new Bitmap(colors, width, config);
    }

    public void getPixels(int[] pixels, int offset, int stride, int x, int y, int width, int height) {
        if (config == Config.HARDWARE) throw new IllegalStateException("unable to getPixels(), pixel access is not supported on Config#HARDWARE bitmaps");
        for (int row = 0; row < height; row++) {
            System.arraycopy(colors, (y + row) * this.width + x, pixels, offset + row * stride, width);
        }
    }
}
