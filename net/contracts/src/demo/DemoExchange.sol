// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// A constant-product exchange of two tokens, 0.3 % to those who provide liquidity. Its own token
/// is the share in the pool.
contract DemoExchange is ERC20 {
    using SafeERC20 for IERC20;

    IERC20 public immutable token0;
    IERC20 public immutable token1;
    uint256 public reserve0;
    uint256 public reserve1;

    error TokenUnknown(address token);
    error AmountZero();
    error OutputTooLow(uint256 least, uint256 got);

    event LiquidityAdded(
        address indexed provider, uint256 amount0, uint256 amount1, uint256 shares
    );
    event LiquidityRemoved(
        address indexed provider, uint256 amount0, uint256 amount1, uint256 shares
    );
    event Swap(
        address indexed trader, address indexed tokenIn, uint256 amountIn, uint256 amountOut
    );

    constructor(IERC20 token0_, IERC20 token1_) ERC20("Demo pool share", "DPS") {
        token0 = token0_;
        token1 = token1_;
    }

    /// Adds both tokens, which the caller has approved; returns the shares minted.
    function addLiquidity(uint256 amount0, uint256 amount1) external returns (uint256 shares) {
        uint256 supply = totalSupply();
        shares = supply == 0
            ? Math.sqrt(amount0 * amount1)
            : Math.min(amount0 * supply / reserve0, amount1 * supply / reserve1);
        if (shares == 0) revert AmountZero();
        reserve0 += amount0;
        reserve1 += amount1;
        _mint(msg.sender, shares);
        token0.safeTransferFrom(msg.sender, address(this), amount0);
        token1.safeTransferFrom(msg.sender, address(this), amount1);
        emit LiquidityAdded(msg.sender, amount0, amount1, shares);
    }

    function removeLiquidity(uint256 shares) external returns (uint256 amount0, uint256 amount1) {
        uint256 supply = totalSupply();
        amount0 = shares * reserve0 / supply;
        amount1 = shares * reserve1 / supply;
        reserve0 -= amount0;
        reserve1 -= amount1;
        _burn(msg.sender, shares);
        token0.safeTransfer(msg.sender, amount0);
        token1.safeTransfer(msg.sender, amount1);
        emit LiquidityRemoved(msg.sender, amount0, amount1, shares);
    }

    /// Trades `amountIn` of one token for at least `least` of the other.
    function swap(IERC20 tokenIn, uint256 amountIn, uint256 least)
        external
        returns (uint256 amountOut)
    {
        if (amountIn == 0) revert AmountZero();
        amountOut = quote(tokenIn, amountIn);
        if (amountOut < least) revert OutputTooLow(least, amountOut);
        bool forward = address(tokenIn) == address(token0);
        if (forward) {
            reserve0 += amountIn;
            reserve1 -= amountOut;
        } else {
            reserve1 += amountIn;
            reserve0 -= amountOut;
        }
        tokenIn.safeTransferFrom(msg.sender, address(this), amountIn);
        (forward ? token1 : token0).safeTransfer(msg.sender, amountOut);
        emit Swap(msg.sender, address(tokenIn), amountIn, amountOut);
    }

    /// What a trade would give now.
    function quote(IERC20 tokenIn, uint256 amountIn) public view returns (uint256) {
        bool forward = address(tokenIn) == address(token0);
        if (!forward && address(tokenIn) != address(token1)) revert TokenUnknown(address(tokenIn));
        (uint256 from, uint256 to) = forward ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 net = amountIn * 997;
        return net * to / (from * 1000 + net);
    }
}
