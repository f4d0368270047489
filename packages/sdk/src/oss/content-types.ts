/** What common extensions stand for; others are `application/octet-stream`, as with the official SDKs. */
const types: Readonly<Record<string, string>> = Object.fromEntries(
  `aac audio/aac;apk application/vnd.android.package-archive;avi video/x-msvideo;avif image/avif;bin application/octet-stream;
bmp image/bmp;bz2 application/x-bzip2;css text/css;csv text/csv;doc application/msword;
docx application/vnd.openxmlformats-officedocument.wordprocessingml.document;epub application/epub+zip;flac audio/flac;
flv video/x-flv;gif image/gif;gz application/gzip;heic image/heic;htm text/html;html text/html;ico image/vnd.microsoft.icon;
jpeg image/jpeg;jpg image/jpeg;js application/javascript;json application/json;m3u8 application/x-mpegURL;m4a audio/mp4;
md text/markdown;mjs application/javascript;mkv video/x-matroska;mov video/quicktime;mp3 audio/mpeg;mp4 video/mp4;
mpeg video/mpeg;oga audio/ogg;ogg audio/ogg;ogv video/ogg;otf font/otf;pdf application/pdf;png image/png;
ppt application/vnd.ms-powerpoint;pptx application/vnd.openxmlformats-officedocument.presentationml.presentation;
rar application/vnd.rar;rtf application/rtf;sh application/x-sh;svg image/svg+xml;tar application/x-tar;tif image/tiff;
tiff image/tiff;ts video/mp2t;ttf font/ttf;txt text/plain;wasm application/wasm;wav audio/x-wav;weba audio/webm;
webm video/webm;webp image/webp;woff font/woff;woff2 font/woff2;xhtml application/xhtml+xml;
xls application/vnd.ms-excel;xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;xml application/xml;
yaml application/yaml;yml application/yaml;zip application/zip;7z application/x-7z-compressed`
    .split(';')
    .map((pair) => pair.trim().split(' ') as [string, string]),
);

export function guessContentType(key: string): string {
  const extension = /\.([^./\\]+)$/.exec(key)?.[1]?.toLowerCase() ?? '';
  return (Object.hasOwn(types, extension) ? types[extension] : undefined) ?? 'application/octet-stream';
}
