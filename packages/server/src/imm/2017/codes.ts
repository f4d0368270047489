import { imm2017Operations as operations } from '@millrace/protocol/imm';
import type { FoundCode } from '../../domain/ports/picture-board.ts';
import { handle } from '../../rpc/product.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { immRefusal } from '../wire-errors.ts';

const refusal = immRefusal('2017');

export function codeHandlers2017({ projects, pictures }: ImmServices) {
  const squares = async (principal: Parameters<typeof pictures.codes>[0], uri: string) => {
    const found = await pictures.codes(principal, ossUri(uri, 'SrcUris'));
    return found.filter(({ kind }) => kind === 'qrcode');
  };
  return {
    detectQrCodes: handle(operations.detectQrCodes, async ({ Project, SrcUris }, { principal }) => {
      await projects.get(principal.accountId, Project);
      const SuccessDetails = [];
      const FailDetails = [];
      for (const SrcUri of SrcUris) {
        try {
          const found = await squares(principal, SrcUri);
          const QRCodes = found.map((code) => ({ Content: code.text, QRCodesRectangle: rectangle(code) }));
          SuccessDetails.push({ SrcUri, QRCodes });
        } catch (error) {
          const told = refusal(error);
          if (told === undefined) throw error;
          FailDetails.push({ SrcUri, ErrorCode: told.code, ErrorMessage: told.message });
        }
      }
      return { SuccessDetails, FailDetails };
    }),
    detectImageQrCodes: handle(operations.detectImageQrCodes, async ({ Project, ImageUri }, { principal }) => {
      await projects.get(principal.accountId, Project);
      const found = await squares(principal, ImageUri);
      return { ImageUri, QRCodes: found.map((code) => ({ Content: code.text, QRCodeBoundary: rectangle(code) })) };
    }),
  };
}

const rectangle = ({ left, top, width, height }: FoundCode) => ({ Left: left, Top: top, Width: width, Height: height });
