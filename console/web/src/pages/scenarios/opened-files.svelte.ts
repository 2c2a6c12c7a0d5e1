// The file that was opened from the disk, while the console is open. It stays in the browser: nothing is sent.
import { openFile } from "./opened-file";
import { BadFile, type OpenedFile } from "./viewed-play";

class OpenedFiles {
  file = $state.raw<OpenedFile | null>(null);
  /** Why the last file could not be opened; the file before it stays open. */
  trouble = $state("");
  reading = $state(false);

  /** Open a file. Returns whether it can be shown. */
  async open(file: File): Promise<boolean> {
    this.reading = true;
    this.trouble = "";
    try {
      this.file = await openFile(file);
      return true;
    } catch (error) {
      if (!(error instanceof BadFile || error instanceof DOMException)) throw error;
      this.trouble = error instanceof BadFile ? error.message : `${file.name}: ${error.message}`;
      return false;
    } finally {
      this.reading = false;
    }
  }
}

export const openedFiles = new OpenedFiles();
